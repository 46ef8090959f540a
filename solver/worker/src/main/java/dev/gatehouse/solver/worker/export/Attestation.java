package dev.gatehouse.solver.worker.export;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.ImmutableReference;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A statement about a result: provenance, a bill of materials, or a folder of such.
 *
 * @param kind one statement, or a bundle
 * @param metadata {@code reason}, {@code inline-only} and the like
 * @param reference the tree that holds the content at {@code path}; empty if {@code content} holds
 *     it
 * @param path of the file, or of the bundle's directory; names the statement where it is exported
 *     as a file
 * @param content the predicate, if no tree holds it
 * @param predicateType URI of the predicate's type; for a bundle, what its statements must have, or
 *     empty
 * @param subjects what it is about; empty for the result as a whole
 */
@SuppressWarnings("ArrayRecordComponent") // content, which nobody compares
public record Attestation(
    Kind kind,
    Map<String, byte[]> metadata,
    Optional<ImmutableReference> reference,
    String path,
    Optional<byte[]> content,
    String predicateType,
    List<Subject> subjects) {

  /** Whether an attestation is one statement or many. */
  public enum Kind {
    IN_TOTO,
    BUNDLE
  }

  /**
   * What a statement is about.
   *
   * @param self whether the exported image or files, rather than what is named
   */
  public record Subject(boolean self, String name, List<Digest> digests) {
    public Subject {
      digests = List.copyOf(digests);
    }
  }

  public Attestation {
    Objects.requireNonNull(kind);
    metadata = Map.copyOf(metadata);
    subjects = List.copyOf(subjects);
  }

  /** One statement whose predicate is at hand. */
  public static Attestation of(
      String predicateType, String path, byte[] predicate, Map<String, byte[]> metadata) {
    return new Attestation(
        Kind.IN_TOTO,
        metadata,
        Optional.empty(),
        path,
        Optional.of(predicate),
        predicateType,
        List.of());
  }

  /** Whether it goes only into what is exported as an image with attestations inline. */
  boolean isInlineOnly() {
    byte[] value = metadata.get("inline-only");
    return value != null
        && new String(value, java.nio.charset.StandardCharsets.UTF_8).equals("true");
  }
}
