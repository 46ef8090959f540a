package dev.gatehouse.solver.worker;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.LayerProvider;
import dev.gatehouse.solver.store.Lease;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.worker.op.BuildMemory;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.ResolvedSource;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The context of a source or operation in a build with one client that holds secrets. */
public final class FakeBuild implements OperationContext, AutoCloseable {
  public final StringBuffer log = new StringBuffer();
  public final SecretsClient client;
  public BuildFacts facts = BuildFacts.NONE;
  private BuildMemory memory = new BuildMemory();
  private final Store store;
  private final List<String> lines = new ArrayList<>();
  private final List<Runnable> cleanups = new ArrayList<>();

  public FakeBuild(Store store) {
    this(store, new SecretsClient());
  }

  public FakeBuild(Store store, SecretsClient client) {
    this.store = store;
    this.client = client;
  }

  /** The lines of the log, each after its stream's number and a colon. */
  public synchronized List<String> lines() {
    return List.copyOf(lines);
  }

  public synchronized void awaitLine(String line) throws InterruptedException {
    while (!lines.contains(line)) {
      wait();
    }
  }

  private synchronized void logged(ProgressEvent.VertexLog event) {
    String text = new String(event.data(), StandardCharsets.UTF_8);
    log.append(text);
    text.lines().forEach(line -> lines.add(event.stream() + ":" + line));
    notifyAll();
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
            logged(line);
          }
        });
  }

  @Override
  public SessionGroup sessions() {
    return () -> List.of(client);
  }

  @Override
  public BuildFacts facts() {
    return facts;
  }

  @Override
  public BuildMemory memory() {
    return memory;
  }

  /** What follows belongs to another build. */
  public void begin() {
    memory.close();
    memory = new BuildMemory();
  }

  @Override
  public LayerProvider layers() {
    throw new AssertionError("no layers are expected to be asked for");
  }

  @Override
  public WorkerResult solve(byte[] definition) {
    throw new AssertionError("no nested definition is expected");
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
    memory.close();
  }
}
