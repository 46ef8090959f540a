package dev.gatehouse.solver.worker.source;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.solver.core.CacheMap;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.op.LlbOperation;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.OperationFactory;
import dev.gatehouse.solver.worker.op.OperationRequest;
import dev.gatehouse.solver.worker.op.ResolvedSource;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Begins a graph: asks the source of the identifier's scheme for its key and, unless that is
 * cached, for its content.
 */
public final class SourceOperation implements LlbOperation {
  private static final String CACHE_TYPE = "buildkit.source.v0:";

  private final SourceRequest request;
  private final SourceInstance instance;

  private SourceOperation(SourceRequest request, SourceInstance instance) {
    this.request = request;
    this.instance = instance;
  }

  /** Makes source operations out of these sources. */
  public static OperationFactory factory(SourceRegistry sources) {
    return operation -> {
      var source = parse(operation).getSource();
      SourceRequest request =
          SourceRequest.of(source.getIdentifier(), source.getAttrsMap(), operation.platform());
      return new SourceOperation(request, sources.find(request.scheme()).instance(request));
    };
  }

  private static Op parse(OperationRequest operation) throws SolveException {
    try {
      return Op.parseFrom(operation.op());
    } catch (InvalidProtocolBufferException e) {
      throw new SolveException(
          "definition.invalid", ErrorCategory.USER, "failed to parse llb proto op", e);
    }
  }

  @Override
  public CacheMap<WorkerResult> cacheMap(OperationContext context)
      throws SolveException, IOException, InterruptedException {
    SourceKey key = instance.key(context);
    context.resolved(
        new ResolvedSource(
            request.identifier(),
            key.pin(),
            Optional.of(request.platform()),
            request.attributes()));
    return new CacheMap<>(
        digest(key.key()),
        List.of(),
        key.alternatives().stream().map(SourceOperation::digest).toList());
  }

  private static Digest digest(String key) {
    Digest digest = Digest.sha256(CACHE_TYPE + key);
    return key.startsWith("session:") ? new Digest("random", digest.encoded()) : digest;
  }

  @Override
  public List<WorkerResult> execute(List<WorkerResult> inputs, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    return List.of(instance.snapshot(context));
  }
}
