package dev.gatehouse.solver.worker.file;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.protocol.pb.DiffOp;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.solver.core.CacheMap;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.InputCacheRule;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.store.ReferenceStore;
import dev.gatehouse.solver.worker.json.GoJson;
import dev.gatehouse.solver.worker.op.LlbOperation;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.OperationFactory;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** What one tree adds to, changes in and deletes from another. */
public final class DiffOperation implements LlbOperation {
  private static final String TYPE = "buildkit.diff.v0";
  private static final long EMPTY = -1;

  private final ReferenceStore references;
  private final DiffOp op;

  private DiffOperation(ReferenceStore references, DiffOp op) {
    this.references = references;
    this.op = op;
  }

  /** Makes diff operations over a store. */
  public static OperationFactory factory(ReferenceStore references) {
    return request -> {
      try {
        DiffOp op = Op.parseFrom(request.op()).getDiff();
        if (!op.hasLower() || !op.hasUpper()) {
          throw new SolveException(
              "diff.invalid", ErrorCategory.USER, "invalid diff op with nil lower or upper input");
        }
        return new DiffOperation(references, op);
      } catch (InvalidProtocolBufferException e) {
        throw new SolveException(
            "definition.invalid", ErrorCategory.USER, "failed to parse llb proto op", e);
      }
    };
  }

  private boolean hasLower() {
    return op.getLower().getInput() != EMPTY;
  }

  private boolean hasUpper() {
    return op.getUpper().getInput() != EMPTY;
  }

  @Override
  public CacheMap<WorkerResult> cacheMap(OperationContext context) {
    byte[] json =
        GoJson.object(o ->
            o.text("Type", TYPE)
                .nested(
                    "Diff",
                    d ->
                        d.nested("lower", l -> l.optNumber("input", op.getLower().getInput()))
                            .nested("upper", u -> u.optNumber("input", op.getUpper().getInput()))));
    return new CacheMap<>(
        Digest.sha256(json),
        Collections.nCopies(
            (hasLower() ? 1 : 0) + (hasUpper() ? 1 : 0),
            InputCacheRule.<WorkerResult>byDefinition()));
  }

  @Override
  public List<WorkerResult> execute(List<WorkerResult> inputs, OperationContext context)
      throws SolveException, IOException {
    int next = 0;
    Optional<ImmutableReference> lower = Optional.empty();
    if (hasLower()) {
      lower = input(inputs, next++, "lower");
    }
    Optional<ImmutableReference> upper = Optional.empty();
    if (hasUpper()) {
      upper = input(inputs, next, "upper");
    }
    if (lower.isEmpty()) {
      return List.of(new WorkerResult(upper.map(ImmutableReference::share)));
    }
    if (upper.isPresent() && upper.get().id().equals(lower.get().id())) {
      return List.of(WorkerResult.SCRATCH);
    }
    return List.of(
        WorkerResult.of(references.diff(lower, upper, ReferenceOptions.of(context.name()))));
  }

  private static Optional<ImmutableReference> input(
      List<WorkerResult> inputs, int index, String which) throws SolveException {
    if (index >= inputs.size()) {
      throw new SolveException(
          "diff.invalid",
          ErrorCategory.USER,
          "invalid %s input index %s for diff op with %s inputs"
              .formatted(which, index, inputs.size()));
    }
    return inputs.get(index).reference();
  }
}
