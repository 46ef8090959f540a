package dev.gatehouse.solver.worker;

import dev.gatehouse.solver.core.CacheMap;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.Edge;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.ExecutionContext;
import dev.gatehouse.solver.core.Executor;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.Vertex;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.LayerProvider;
import dev.gatehouse.solver.store.Lease;
import dev.gatehouse.solver.worker.op.BuildMemory;
import dev.gatehouse.solver.worker.op.LlbOperation;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.OperationRequest;
import dev.gatehouse.solver.worker.op.ResolvedSource;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.session.Session;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs the operations of vertices in this process. */
final class VertexOperations implements Executor<OperationRequest, WorkerResult> {
  private final Worker worker;

  VertexOperations(Worker worker) {
    this.worker = worker;
  }

  @Override
  public CacheMap<WorkerResult> cacheMap(
      Vertex<OperationRequest> vertex, ExecutionContext<OperationRequest, WorkerResult> context)
      throws SolveException, IOException, InterruptedException {
    State state = state(context);
    return state.operation(worker, vertex).cacheMap(state.context);
  }

  @Override
  public List<WorkerResult> execute(
      Vertex<OperationRequest> vertex,
      List<WorkerResult> inputs,
      ExecutionContext<OperationRequest, WorkerResult> context)
      throws SolveException, IOException, InterruptedException {
    State state = state(context);
    return state.operation(worker, vertex).execute(inputs, state.context);
  }

  private State state(ExecutionContext<OperationRequest, WorkerResult> context) {
    return context.state(State.class, () -> new State(new Context(worker, context)));
  }

  /** The context in which results are loaded and digested for a vertex. */
  static OperationContext context(Worker worker, ExecutionContext<?, WorkerResult> context) {
    @SuppressWarnings("unchecked") // the worker's solver has one type of operation
    ExecutionContext<OperationRequest, WorkerResult> typed =
        (ExecutionContext<OperationRequest, WorkerResult>) context;
    return context.state(State.class, () -> new State(new Context(worker, typed))).context;
  }

  /** What belongs to a vertex while a build wants it. */
  private static final class State {
    private final Context context;
    private @Nullable LlbOperation operation;

    private State(Context context) {
      this.context = context;
    }

    private synchronized LlbOperation operation(Worker worker, Vertex<OperationRequest> vertex)
        throws SolveException {
      if (operation == null) {
        operation = worker.operations().create(vertex.operation());
      }
      return operation;
    }
  }

  private static final class Context implements OperationContext {
    private final Worker worker;
    private final ExecutionContext<OperationRequest, WorkerResult> context;
    private @Nullable Lease lease;

    private Context(Worker worker, ExecutionContext<OperationRequest, WorkerResult> context) {
      this.worker = worker;
      this.context = context;
    }

    @Override
    public Digest vertex() {
      return context.vertex().digest();
    }

    @Override
    public String name() {
      return context.vertex().name();
    }

    @Override
    public VertexProgress progress() {
      return context.progress();
    }

    @Override
    public SessionGroup sessions() {
      return () -> {
        Map<String, Session> sessions = new LinkedHashMap<>();
        for (Build build : context.attachments(Build.class)) {
          for (Session session : build.request().sessions().sessions()) {
            sessions.putIfAbsent(session.id(), session);
          }
        }
        return new ArrayList<>(sessions.values());
      };
    }

    @Override
    public BuildFacts facts() {
      return first().map(build -> build.request().facts()).orElse(BuildFacts.NONE);
    }

    @Override
    public BuildMemory memory() {
      return first().map(Build::memory).orElseGet(BuildMemory::new);
    }

    private Optional<Build> first() {
      return context.attachments(Build.class).stream().findFirst();
    }

    @Override
    public LayerProvider layers() {
      return worker.layers(sessions(), progress());
    }

    @Override
    public WorkerResult solve(byte[] definition) throws SolveException, InterruptedException {
      Build build =
          first()
              .orElseThrow(() ->
                  new SolveException("cancelled", ErrorCategory.CANCELLED, "context canceled"));
      Optional<Edge<OperationRequest>> edge = build.read(definition, List.of());
      return edge.isEmpty() ? WorkerResult.SCRATCH : context.build(edge.get());
    }

    @Override
    public synchronized Lease lease() {
      if (lease == null) {
        Lease opened = worker.store().lease();
        context.onRelease(opened::close);
        lease = opened;
      }
      return lease;
    }

    @Override
    public void resolved(ResolvedSource source) {
      worker.recordSource(vertex(), source);
      context.onRelease(() -> worker.forgetSource(vertex(), source));
    }

    @Override
    public void onRelease(Runnable cleanup) {
      context.onRelease(cleanup);
    }
  }
}
