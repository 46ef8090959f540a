package dev.gatehouse.solver.worker;

import dev.gatehouse.solver.core.CacheResult;
import dev.gatehouse.solver.core.ExecutionContext;
import dev.gatehouse.solver.core.ResultStorage;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LayerProvider;
import dev.gatehouse.solver.store.ReferenceStore;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/** Finds cached results among the references of the store: the record's id is the reference's. */
final class ReferenceResults implements ResultStorage<WorkerResult> {
  private static final String SCRATCH = "scratch";

  private final ReferenceStore references;
  private final Function<ExecutionContext<?, WorkerResult>, LayerProvider> layers;

  /**
   * @param layers where layers that are missing come from, for the builds that load a result
   */
  ReferenceResults(
      ReferenceStore references,
      Function<ExecutionContext<?, WorkerResult>, LayerProvider> layers) {
    this.references = references;
    this.layers = layers;
  }

  @Override
  public Optional<CacheResult> save(WorkerResult result, Instant createdAt) {
    return Optional.of(
        new CacheResult(result.reference().map(ImmutableReference::id).orElse(SCRATCH), createdAt));
  }

  @Override
  public Optional<WorkerResult> load(
      CacheResult result, ExecutionContext<?, WorkerResult> context) {
    if (result.id().equals(SCRATCH)) {
      return Optional.of(WorkerResult.SCRATCH);
    }
    return references.get(result.id(), layers.apply(context)).map(WorkerResult::of);
  }

  @Override
  public boolean exists(String id) {
    return id.equals(SCRATCH) || references.exists(id);
  }
}
