package dev.gatehouse.solver.worker.op;

import dev.gatehouse.solver.store.ImmutableReference;
import java.util.Optional;

/**
 * What an operation gives: a file tree, or nothing at all (scratch).
 *
 * <p>Owns its handle: closing the result closes it.
 *
 * @param reference the tree, empty for scratch
 */
public record WorkerResult(Optional<ImmutableReference> reference) implements AutoCloseable {
  /** The empty tree. */
  public static final WorkerResult SCRATCH = new WorkerResult(Optional.empty());

  public static WorkerResult of(ImmutableReference reference) {
    return new WorkerResult(Optional.of(reference));
  }

  /** Another handle of the same tree. */
  public WorkerResult share() {
    return new WorkerResult(reference.map(ImmutableReference::share));
  }

  @Override
  public void close() {
    reference.ifPresent(ImmutableReference::close);
  }
}
