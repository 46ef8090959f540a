package dev.gatehouse.solver.worker.file;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.protocol.pb.MergeInput;
import dev.gatehouse.protocol.pb.MergeOp;
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

/** Lays trees over each other without reading them: the result is lazy as its inputs are. */
public final class MergeOperation implements LlbOperation {
  private static final String TYPE = "buildkit.merge.v0";

  private final ReferenceStore references;
  private final MergeOp op;

  private MergeOperation(ReferenceStore references, MergeOp op) {
    this.references = references;
    this.op = op;
  }

  /** Makes merge operations over a store. */
  public static OperationFactory factory(ReferenceStore references) {
    return request -> {
      try {
        return new MergeOperation(references, Op.parseFrom(request.op()).getMerge());
      } catch (InvalidProtocolBufferException e) {
        throw new SolveException(
            "definition.invalid", ErrorCategory.USER, "failed to parse llb proto op", e);
      }
    };
  }

  @Override
  public CacheMap<WorkerResult> cacheMap(OperationContext context) {
    byte[] json =
        GoJson.object(o ->
            o.text("Type", TYPE)
                .nested(
                    "Merge",
                    m ->
                        m.optObjects(
                            "inputs",
                            op.getInputsList(),
                            (GoJson i, MergeInput input) ->
                                i.optNumber("input", input.getInput()))));
    return new CacheMap<>(
        Digest.sha256(json),
        Collections.nCopies(op.getInputsCount(), InputCacheRule.<WorkerResult>byDefinition()));
  }

  @Override
  public List<WorkerResult> execute(List<WorkerResult> inputs, OperationContext context)
      throws IOException {
    List<ImmutableReference> trees =
        inputs.stream().map(WorkerResult::reference).flatMap(Optional::stream).toList();
    if (trees.isEmpty()) {
      return List.of(WorkerResult.SCRATCH);
    }
    return List.of(WorkerResult.of(references.merge(trees, ReferenceOptions.of(context.name()))));
  }
}
