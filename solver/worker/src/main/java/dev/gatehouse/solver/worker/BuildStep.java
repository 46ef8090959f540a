package dev.gatehouse.solver.worker;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ProgressSink;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.LayerProvider;
import dev.gatehouse.solver.store.Lease;
import dev.gatehouse.solver.worker.op.BuildMemory;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.ResolvedSource;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What is done for one build outside its graph can reach the same as an operation in it. */
final class BuildStep implements OperationContext, AutoCloseable {
  private final Build build;
  private final Digest vertex;
  private final String name;
  private final VertexProgress progress;
  private final Deque<Runnable> cleanups = new ArrayDeque<>();
  private @Nullable Lease lease;

  BuildStep(Build build, Digest vertex, String name, ProgressSink sink) {
    this.build = build;
    this.vertex = vertex;
    this.name = name;
    this.progress = new VertexProgress(vertex, sink);
  }

  @Override
  public Digest vertex() {
    return vertex;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public VertexProgress progress() {
    return progress;
  }

  @Override
  public SessionGroup sessions() {
    return build.request().sessions();
  }

  @Override
  public BuildFacts facts() {
    return build.request().facts();
  }

  @Override
  public BuildMemory memory() {
    return build.memory();
  }

  @Override
  public LayerProvider layers() {
    return build.worker().layers(sessions(), progress);
  }

  @Override
  public WorkerResult solve(byte[] definition) throws SolveException, InterruptedException {
    return build.solve(definition).evaluate();
  }

  @Override
  public synchronized Lease lease() {
    if (lease == null) {
      Lease opened = build.worker().store().lease();
      onRelease(opened::close);
      lease = opened;
    }
    return lease;
  }

  @Override
  public void resolved(ResolvedSource source) {
    // A step is no part of what a result was made of.
  }

  @Override
  public synchronized void onRelease(Runnable cleanup) {
    cleanups.push(cleanup);
  }

  @Override
  public void close() {
    Runnable next;
    while (true) {
      synchronized (this) {
        next = cleanups.poll();
      }
      if (next == null) {
        return;
      }
      next.run();
    }
  }
}
