package dev.gatehouse.solver.worker.op;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import java.util.EnumMap;
import java.util.Map;

/** Finds what runs an operation by the kind that its bytes name. */
public final class OperationRegistry {
  private final Map<OperationKind, OperationFactory> factories;

  public OperationRegistry(Map<OperationKind, OperationFactory> factories) {
    this.factories =
        factories.isEmpty() ? new EnumMap<>(OperationKind.class) : new EnumMap<>(factories);
  }

  /**
   * Reads an operation.
   *
   * @throws SolveException with category USER if it is malformed, or of a kind that is not known
   *     here
   */
  public LlbOperation create(OperationRequest request) throws SolveException {
    OperationKind kind = kind(request);
    OperationFactory factory = factories.get(kind);
    if (factory == null) {
      throw new SolveException(
          "op.unsupported",
          ErrorCategory.USER,
          "operation " + kind + " is not supported by this worker");
    }
    return factory.create(request);
  }

  private static OperationKind kind(OperationRequest request) throws SolveException {
    Op op;
    try {
      op = Op.parseFrom(request.op());
    } catch (InvalidProtocolBufferException e) {
      throw new SolveException(
          "definition.invalid", ErrorCategory.USER, "failed to parse llb proto op", e);
    }
    return switch (op.getOpCase()) {
      case EXEC -> OperationKind.EXEC;
      case SOURCE -> OperationKind.SOURCE;
      case FILE -> OperationKind.FILE;
      case BUILD -> OperationKind.BUILD;
      case MERGE -> OperationKind.MERGE;
      case DIFF -> OperationKind.DIFF;
      case PASSTHROUGH -> OperationKind.PASSTHROUGH;
      case OP_NOT_SET ->
          throw new SolveException(
              "definition.invalid", ErrorCategory.USER, "invalid op with no operation");
    };
  }
}
