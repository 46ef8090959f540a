package dev.gatehouse.frontend.dockerfile.parse;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A Dockerfile that cannot be read, understood or lowered.
 *
 * <p>The message is, in its first line, BuildKit's for the same file. {@link #locations()} are the
 * places it carries, each a list of ranges, the innermost first, as BuildKit collects them on an
 * error's way up. {@link #hint()} says in human words what was expected; {@link #others()} are
 * further errors of the same file, found because reading went on behind the first.
 *
 * <p>Instances are immutable: the {@code with} methods return a new exception with this one's stack
 * trace.
 */
public class DockerfileException extends Exception {
  /** How many errors of one file are looked for. */
  public static final int MAX_ERRORS = 50;

  private static final long serialVersionUID = 1;

  private final transient List<List<Range>> locations;
  private final @Nullable String hint;
  private final transient List<DockerfileException> others;

  /** An error without a place. */
  public DockerfileException(String message) {
    this(message, List.of(), null, List.of(), null);
  }

  /** An error without a place, caused by another. */
  public DockerfileException(String message, @Nullable Throwable cause) {
    this(message, List.of(), null, List.of(), cause);
  }

  /** For subclasses and the {@code with} methods. */
  protected DockerfileException(
      String message,
      List<List<Range>> locations,
      @Nullable String hint,
      List<DockerfileException> others,
      @Nullable Throwable cause) {
    super(message, cause);
    this.locations = List.copyOf(locations);
    this.hint = hint;
    this.others = List.copyOf(others);
  }

  /** An error at some lines. */
  public static DockerfileException at(List<Range> location, String message) {
    return new DockerfileException(message, List.of(location), null, List.of(), null);
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? "" : message;
  }

  /** The places, innermost first. */
  public List<List<Range>> locations() {
    return locations;
  }

  /** What was expected, in human words; never part of the message. */
  public Optional<String> hint() {
    return Optional.ofNullable(hint);
  }

  /** Further errors of the same file, in source order. */
  public List<DockerfileException> others() {
    return others;
  }

  /** This error with one more place behind those it has; others take it that have none. */
  public DockerfileException withLocation(List<Range> location) {
    List<List<Range>> all = new ArrayList<>(locations);
    all.add(List.copyOf(location));
    List<DockerfileException> located = new ArrayList<>();
    for (DockerfileException other : others) {
      located.add(other.locations.isEmpty() ? other.withLocation(location) : other);
    }
    return copy(getMessage(), all, hint, located);
  }

  /** This error with one place instead of those it has. */
  public DockerfileException withOnlyLocation(List<Range> location) {
    return copy(getMessage(), List.of(List.copyOf(location)), hint, others);
  }

  /** This error with {@code prefix + ": "} before its message. */
  public DockerfileException wrapped(String prefix) {
    return withMessage(prefix + ": " + getMessage());
  }

  /** This error with another message. */
  public DockerfileException withMessage(String message) {
    return copy(message, locations, hint, others);
  }

  /** This error with a hint. */
  public DockerfileException withHint(String hint) {
    return copy(getMessage(), locations, hint, others);
  }

  /** This error with further errors. */
  public DockerfileException withOthers(List<DockerfileException> others) {
    return copy(getMessage(), locations, hint, others);
  }

  private DockerfileException copy(
      String message,
      List<List<Range>> locations,
      @Nullable String hint,
      List<DockerfileException> others) {
    return new DockerfileException(message, locations, hint, others, getCause());
  }
}
