package dev.gatehouse.solver.core;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How one input enters the cache key of an operation.
 *
 * @param selector the part of the input that the operation reads, as a digest that is combined with
 *     the input's cache key; two operations which read different parts of one input have different
 *     keys. Not combined with the content digest, which is of the selected part already.
 * @param contentDigest computes the checksum of what the operation reads of this input; asked only
 *     when the definition-based key does not decide, because it needs the input's result
 * @param preprocess runs on the input's result before it is given to the operation, and before its
 *     content is digested
 */
public record InputCacheRule<R>(
    Optional<Digest> selector,
    Optional<ContentDigest<R>> contentDigest,
    Optional<Preprocess<R>> preprocess) {

  /** The input counts by its own cache key and nothing else. */
  public static <R> InputCacheRule<R> byDefinition() {
    return new InputCacheRule<>(Optional.empty(), Optional.empty(), Optional.empty());
  }

  public static <R> InputCacheRule<R> of(
      @Nullable Digest selector, @Nullable ContentDigest<R> contentDigest) {
    return new InputCacheRule<>(
        Optional.ofNullable(selector), Optional.ofNullable(contentDigest), Optional.empty());
  }

  /** Computes the checksum of the part of a result that an operation reads. */
  @FunctionalInterface
  public interface ContentDigest<R> {
    /** Empty if the content has no checksum, in which case only the definition-based key counts. */
    Optional<Digest> compute(R input, ExecutionContext<?, R> context)
        throws SolveException, IOException, InterruptedException;
  }

  /** Prepares a result for use as an input, for example by pulling a lazy layer. */
  @FunctionalInterface
  public interface Preprocess<R> {
    void run(R input, ExecutionContext<?, R> context)
        throws SolveException, IOException, InterruptedException;
  }
}
