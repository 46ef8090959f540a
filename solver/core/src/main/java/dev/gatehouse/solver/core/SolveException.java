package dev.gatehouse.solver.core;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The evaluation of a vertex failed.
 *
 * <p>The message is what BuildKit says in the same place, without the vertex's name. Subclasses add
 * what their operation knows, for example an exit code.
 */
public class SolveException extends Exception {
  private final String code;
  private final ErrorCategory category;
  private volatile @Nullable Digest vertex;

  /**
   * @param code a stable dotted name of what went wrong, such as {@code exec.exit} or {@code
   *     source.not-found}
   */
  public SolveException(
      String code, ErrorCategory category, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.category = category;
  }

  public SolveException(String code, ErrorCategory category, String message) {
    this(code, category, message, null);
  }

  public final String code() {
    return code;
  }

  public final ErrorCategory category() {
    return category;
  }

  /** The vertex whose evaluation failed, empty if the failure is of none. */
  public final Optional<Digest> vertex() {
    return Optional.ofNullable(vertex);
  }

  /** Records the vertex if none is recorded yet: the innermost wins. */
  public final SolveException at(Digest failed) {
    if (vertex == null) {
      vertex = failed;
    }
    return this;
  }
}
