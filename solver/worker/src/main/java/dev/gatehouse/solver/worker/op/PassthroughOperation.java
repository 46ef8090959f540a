package dev.gatehouse.solver.worker.op;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.PassthroughOp;
import dev.gatehouse.solver.core.CacheMap;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.InputCacheRule;
import dev.gatehouse.solver.core.SolveException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Gives inputs on as outputs, which groups them under one vertex. */
public final class PassthroughOperation implements LlbOperation {
  private static final String CACHE_TYPE = "buildkit.passthrough.v0";

  private final PassthroughOp operation;
  private final int inputs;

  private PassthroughOperation(PassthroughOp operation, int inputs) {
    this.operation = operation;
    this.inputs = inputs;
  }

  /** Reads a passthrough operation. */
  public static PassthroughOperation create(OperationRequest request) throws SolveException {
    try {
      Op op = Op.parseFrom(request.op());
      return new PassthroughOperation(op.getPassthrough(), op.getInputsCount());
    } catch (InvalidProtocolBufferException e) {
      throw new SolveException(
          "definition.invalid", ErrorCategory.USER, "failed to parse llb proto op", e);
    }
  }

  @Override
  public CacheMap<WorkerResult> cacheMap(OperationContext context) {
    return new CacheMap<>(
        Digest.sha256(CACHE_TYPE + "\n" + operation.getId() + "\n" + operation.getOutputsList()),
        Collections.nCopies(inputs, InputCacheRule.byDefinition()));
  }

  @Override
  public List<WorkerResult> execute(List<WorkerResult> arguments, OperationContext context)
      throws SolveException {
    List<WorkerResult> outputs = new ArrayList<>();
    for (long input : operation.getOutputsList()) {
      if (input < 0 || input >= arguments.size()) {
        throw new SolveException(
            "definition.invalid",
            ErrorCategory.USER,
            "invalid passthrough output input index " + input);
      }
      outputs.add(arguments.get((int) input).share());
    }
    return outputs;
  }
}
