package dev.gatehouse.frontend;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A statement about a result, in-toto or a bundle of such, stored in a file of a reference.
 *
 * @param kind whether the file is one statement's predicate or a bundle
 * @param metadata facts for the exporter, such as {@code inline-only}
 * @param referenceOrNull the file system that holds the file
 * @param path of the file
 * @param predicateType URI of the in-toto predicate
 * @param subjects what the statement is about
 */
public record Attestation(
    Kind kind,
    Map<String, byte[]> metadata,
    @Nullable Reference referenceOrNull,
    String path,
    String predicateType,
    List<Subject> subjects) {

  /** Kind of attestation. */
  public enum Kind {
    IN_TOTO,
    BUNDLE
  }

  /**
   * A subject of an in-toto statement.
   *
   * @param self whether it is the exported artifact itself; then digests are filled in by the
   *     exporter
   */
  public record Subject(boolean self, List<String> digests, String name) {
    public Subject {
      digests = List.copyOf(digests);
      Objects.requireNonNull(name, "name");
    }
  }

  public Attestation {
    Objects.requireNonNull(kind, "kind");
    metadata = Ordered.map(metadata);
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(predicateType, "predicateType");
    subjects = List.copyOf(subjects);
  }

  /** The file system that holds the file. */
  public Optional<Reference> reference() {
    return Optional.ofNullable(referenceOrNull);
  }
}
