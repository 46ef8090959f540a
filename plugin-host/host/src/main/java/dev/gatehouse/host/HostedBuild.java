package dev.gatehouse.host;

import dev.gatehouse.frontend.CacheImport;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.SourcePolicy;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.WorkerInfo;
import dev.gatehouse.frontend.server.GatewayBackend;
import dev.gatehouse.frontend.server.WireFormat;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.solver.core.ProgressSink;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.Build;
import dev.gatehouse.solver.worker.cache.CacheLocation;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * One build as its frontends see it. Results stay valid until the worker's {@code Build} is closed,
 * which is the caller's to do; this holds nothing of its own.
 */
public final class HostedBuild {
  private final FrontendHost host;
  private final Build build;
  private final String sessionId;
  private final Activity activity = new Activity();

  private final Queue<SolvedReference> references = new ConcurrentLinkedQueue<>();

  /** By identity; guarded by itself. */
  private final Map<Reference, SolveRequest> requests = new IdentityHashMap<>();

  /**
   * @param sessionId the session that frontends are told of
   */
  public HostedBuild(FrontendHost host, Build build, String sessionId) {
    this.host = host;
    this.build = build;
    this.sessionId = sessionId;
  }

  /**
   * Solves what a client asked for: a definition, or a frontend. References are lazy unless
   * evaluation is asked for.
   */
  public Result solve(SolveRequest request) throws FrontendException, InterruptedException {
    return solve(request, 0);
  }

  /** Takes the build's progress. */
  ProgressSink progress() {
    return build.request().progress();
  }

  /** The gateway of a frontend that runs outside, on the client's side. */
  public GatewayBackend gateway(Map<String, Definition> inputs) {
    return new BuildGateway(this, inputs, 0);
  }

  Result solve(SolveRequest request, int depth) throws FrontendException, InterruptedException {
    boolean hasDefinition =
        request.definition().isPresent() && !request.definition().get().isScratch();
    if (!request.frontend().isEmpty()) {
      if (hasDefinition) {
        throw FrontendException.builder(
                Category.USER, "cannot solve with both Definition and Frontend specified")
            .status(StatusCode.INVALID_ARGUMENT)
            .build();
      }
      if (depth >= host.options().maxDepth()) {
        throw FrontendException.builder(
                Category.USER,
                "frontends are nested more than " + host.options().maxDepth() + " deep")
            .code("frontend.too-deep")
            .hint("a frontend that hands its own input to itself never ends")
            .build();
      }
      Result result =
          host.run(
              this,
              new FrontendRequest(
                  request.frontend(),
                  request.frontendOptions(),
                  request.frontendInputs(),
                  request.cacheImports(),
                  request.sourcePolicies()),
              depth);
      synchronized (requests) {
        result.allReferences().forEach(made -> requests.putIfAbsent(made, request));
      }
      return result;
    }
    importCaches(request.cacheImports());
    if (!hasDefinition) {
      return Result.empty();
    }
    SolvedReference reference = reference(request.definition().get(), request.sourcePolicies());
    if (request.evaluate()) {
      reference.evaluate();
    }
    return Result.of(reference);
  }

  /**
   * The request to the frontend that made a reference; of frontends that call each other the one to
   * the innermost. Empty for what no frontend of this side made.
   */
  public Optional<SolveRequest> request(Reference reference) {
    synchronized (requests) {
      return Optional.ofNullable(requests.get(reference));
    }
  }

  /** All references that were made so far, also what frontends only looked into. */
  public List<SolvedReference> references() {
    return List.copyOf(references);
  }

  /**
   * Looks into these caches for all that is solved from now on. One of a kind that is not known
   * here is left out, as one that cannot be read is: people see why, and the build goes on.
   */
  public void importCaches(List<CacheImport> imports) throws InterruptedException {
    for (CacheImport each : imports) {
      try (Activity.Call call = activity.call()) {
        build.importCaches(List.of(new CacheLocation(each.type(), each.attributes())));
      } catch (SolveException e) {
        // Shown as the step's error.
      }
    }
  }

  SolvedReference reference(Definition definition, List<SourcePolicy> policies)
      throws FrontendException, InterruptedException {
    try {
      SolvedReference made =
          new SolvedReference(
              build.solve(definition.toBytes(), policies.stream().map(WireFormat::bytes).toList()),
              definition,
              activity);
      references.add(made);
      return made;
    } catch (SolveException e) {
      throw Failures.of(e, definition);
    }
  }

  /** What the build runs on. */
  List<WorkerInfo> workers() {
    return List.of(
        new WorkerInfo(build.worker().id(), build.worker().labels(), build.worker().platforms()));
  }

  Build build() {
    return build;
  }

  FrontendHost host() {
    return host;
  }

  String sessionId() {
    return sessionId;
  }

  Activity activity() {
    return activity;
  }
}
