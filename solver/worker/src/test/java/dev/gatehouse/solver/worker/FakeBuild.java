package dev.gatehouse.solver.worker;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.secrets.GetSecretRequest;
import dev.gatehouse.protocol.secrets.GetSecretResponse;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.LayerProvider;
import dev.gatehouse.solver.store.Lease;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.ResolvedSource;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.Session;
import dev.gatehouse.solver.worker.session.SessionCallException;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The context of a source or operation in a build with one client that holds secrets. */
public final class FakeBuild implements OperationContext, AutoCloseable {
  public final Map<String, String> secrets = new HashMap<>();
  public final StringBuffer log = new StringBuffer();
  private final Store store;
  private final List<Runnable> cleanups = new ArrayList<>();

  public FakeBuild(Store store) {
    this.store = store;
  }

  @Override
  public Digest vertex() {
    return Digest.sha256("v");
  }

  @Override
  public String name() {
    return "test";
  }

  @Override
  public VertexProgress progress() {
    return new VertexProgress(
        vertex(),
        event -> {
          if (event instanceof ProgressEvent.VertexLog line) {
            log.append(new String(line.data(), StandardCharsets.UTF_8));
          }
        });
  }

  @Override
  public SessionGroup sessions() {
    return () -> List.of(new Client());
  }

  @Override
  public BuildFacts facts() {
    return BuildFacts.NONE;
  }

  @Override
  public LayerProvider layers() {
    throw new UnsupportedOperationException();
  }

  @Override
  public WorkerResult solve(byte[] definition) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Lease lease() {
    return store.lease();
  }

  @Override
  public void resolved(ResolvedSource source) {}

  @Override
  public void onRelease(Runnable cleanup) {
    cleanups.add(cleanup);
  }

  @Override
  public void close() {
    cleanups.forEach(Runnable::run);
    cleanups.clear();
  }

  private final class Client implements Session {
    @Override
    public String id() {
      return "client";
    }

    @Override
    public boolean supports(String method) {
      return method.equals("/moby.buildkit.secrets.v1.Secrets/GetSecret");
    }

    @Override
    public byte[] call(String method, byte[] request) throws IOException {
      String id = GetSecretRequest.parseFrom(request).getID();
      String value = secrets.get(id);
      if (value == null) {
        throw new SessionCallException(SessionCallException.Status.NOT_FOUND, "no " + id);
      }
      return GetSecretResponse.newBuilder()
          .setData(ByteString.copyFromUtf8(value))
          .build()
          .toByteArray();
    }

    @Override
    public MessageStream open(String method, Map<String, List<String>> metadata) {
      throw new UnsupportedOperationException(method);
    }
  }
}
