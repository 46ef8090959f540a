package dev.gatehouse.daemon.build;

import dev.gatehouse.daemon.build.ActiveBuild.Outcome;
import dev.gatehouse.daemon.session.SessionRegistry;
import dev.gatehouse.daemon.session.TunnelSession;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.server.GatewayService;
import dev.gatehouse.host.Failures;
import dev.gatehouse.host.FrontendHost;
import dev.gatehouse.host.HostedBuild;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.Build;
import dev.gatehouse.solver.worker.BuildFacts;
import dev.gatehouse.solver.worker.BuildRequest;
import dev.gatehouse.solver.worker.Worker;
import dev.gatehouse.solver.worker.export.ExporterInstance;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs builds, each on the thread that asks for it: when that is interrupted, because its client
 * has gone, the build ends. So it does when its session closes.
 */
public final class Builds {
  private static final Logger log = LoggerFactory.getLogger(Builds.class);
  private static final Duration SESSION_PATIENCE = Duration.ofSeconds(5);
  private static final Duration AFTERLIFE = Duration.ofSeconds(10);
  private static final Set<String> ENTITLEMENTS =
      Set.of("network.host", "security.insecure", "device");

  private final Worker worker;
  private final FrontendHost frontends;
  private final SessionRegistry sessions;
  private final Set<String> allowedEntitlements;
  private final BuildObserver observer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // guarded by lock
  private final Map<String, ActiveBuild> active = new HashMap<>();
  private boolean closed;

  /**
   * @param allowedEntitlements what clients may ask for beyond the ordinary
   */
  public Builds(
      Worker worker,
      FrontendHost frontends,
      SessionRegistry sessions,
      List<String> allowedEntitlements,
      BuildObserver observer) {
    this.worker = worker;
    this.frontends = frontends;
    this.sessions = sessions;
    this.allowedEntitlements = Set.copyOf(allowedEntitlements);
    this.observer = observer;
  }

  /**
   * Runs a build to its end.
   *
   * @return what exporters said
   */
  public Map<String, String> run(BuildTask task) throws FrontendException, InterruptedException {
    ActiveBuild build = register(task);
    Outcome outcome =
        new Outcome.Failure(
            FrontendException.builder(Category.INTERNAL, "the build ended without a result")
                .build());
    try {
      if (!task.internal()) {
        observer.started(build);
      }
      Outcome.Success success = run(build);
      outcome = success;
      return success.response();
    } catch (FrontendException e) {
      outcome = new Outcome.Failure(e);
      throw e;
    } catch (InterruptedException e) {
      FrontendException failure =
          FrontendException.builder(Category.CANCELLED, build.reason())
              .code("cancelled")
              .cause(e)
              .build();
      outcome = new Outcome.Failure(failure);
      throw failure;
    } catch (RuntimeException | Error e) {
      log.error("build {} failed by a defect", task.ref(), e);
      FrontendException failure =
          FrontendException.builder(Category.INTERNAL, "internal error: " + e).cause(e).build();
      outcome = new Outcome.Failure(failure);
      throw failure;
    } finally {
      build.end();
      boolean interrupted = Thread.interrupted();
      build.progress().close();
      if (!task.internal()) {
        observer.ended(build, Instant.now(), outcome);
      }
      retire(build);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Outcome.Success run(ActiveBuild active) throws FrontendException, InterruptedException {
    BuildTask task = active.task();
    checkEntitlements(task.entitlements());
    List<ExporterInstance> exporters = exporters(task);
    TunnelSession session = session(task.session());
    Runnable gone = () -> active.cancel("the session of the build was closed: its client has gone");
    try {
      if (session != null) {
        session.onClose(gone);
      }
      SessionGroup group = session == null ? SessionGroup.NONE : () -> List.of(session);
      try (Build build = worker.build(new BuildRequest(facts(task), group, active.progress()))) {
        HostedBuild hosted = new HostedBuild(frontends, build, task.session());
        BuildProvenance provenance = new BuildProvenance(hosted, task, active.created());
        Exports exports = new Exports(build, task, provenance);
        hosted.importCaches(task.cacheImports());
        Result result =
            task.clientIsFrontend() ? awaitClient(active, hosted) : hosted.solve(request(task));
        Map<String, String> response = exports.run(result, exporters);
        return new Outcome.Success(
            response, task.internal() ? Map.of() : provenance.record(result));
      } catch (SolveException e) {
        throw Failures.of(e, task.definition());
      }
    } finally {
      if (session != null) {
        session.offClose(gone);
      }
    }
  }

  private static Result awaitClient(ActiveBuild active, HostedBuild hosted)
      throws FrontendException, InterruptedException {
    try (GatewayService service =
        new GatewayService(hosted.gateway(active.task().frontendInputs()))) {
      active.open(service);
      return service.awaitResult();
    }
  }

  private static SolveRequest request(BuildTask task) {
    SolveRequest.Builder request =
        SolveRequest.builder()
            .frontend(task.frontend())
            .frontendOptions(task.frontendOptions())
            .frontendInputs(task.frontendInputs())
            .cacheImports(task.cacheImports());
    if (task.definition() != null) {
      request.definition(task.definition());
    }
    return request.build();
  }

  private static BuildFacts facts(BuildTask task) throws FrontendException {
    String epoch = task.frontendOptions().getOrDefault("build-arg:SOURCE_DATE_EPOCH", "");
    long seconds = -1;
    if (!epoch.isEmpty()) {
      try {
        seconds = Long.parseLong(epoch);
      } catch (NumberFormatException e) {
        throw FrontendException.builder(Category.USER, "invalid SOURCE_DATE_EPOCH: " + epoch)
            .cause(e)
            .build();
      }
    }
    return new BuildFacts(
        task.ref(),
        new HashSet<>(task.entitlements()),
        task.sourcePolicy().length == 0 ? List.of() : List.of(task.sourcePolicy()),
        false,
        seconds);
  }

  private List<ExporterInstance> exporters(BuildTask task) throws FrontendException {
    List<ExporterInstance> exporters = new ArrayList<>();
    String epoch = task.frontendOptions().getOrDefault("build-arg:SOURCE_DATE_EPOCH", "");
    int id = 0;
    for (BuildTask.Export export : task.exports()) {
      Map<String, String> attributes = new HashMap<>(export.attributes());
      if (!epoch.isEmpty()) {
        attributes.putIfAbsent("source-date-epoch", epoch);
      }
      try {
        exporters.add(worker.services().exporters().get(export.type()).resolve(id++, attributes));
      } catch (SolveException e) {
        throw Failures.of(e, null);
      }
    }
    return exporters;
  }

  private @Nullable TunnelSession session(String id)
      throws FrontendException, InterruptedException {
    if (id.isEmpty()) {
      return null;
    }
    try {
      return sessions.await(id, SESSION_PATIENCE);
    } catch (IOException e) {
      throw FrontendException.builder(Category.ENVIRONMENT, String.valueOf(e.getMessage()))
          .code("session.missing")
          .status(StatusCode.NOT_FOUND)
          .cause(e)
          .build();
    }
  }

  private void checkEntitlements(List<String> asked) throws FrontendException {
    for (String entitlement : asked) {
      String kind = entitlement.startsWith("device=") ? "device" : entitlement;
      if (!ENTITLEMENTS.contains(kind)) {
        throw FrontendException.user("unknown entitlement " + entitlement);
      }
      if (!allowedEntitlements.contains(kind)) {
        throw FrontendException.builder(
                Category.USER,
                "granting entitlement "
                    + entitlement
                    + " is not allowed by build daemon configuration")
            .code("entitlement.denied")
            .status(StatusCode.PERMISSION_DENIED)
            .hint("insecure-entitlements in buildkitd.toml says what may be granted")
            .build();
      }
    }
  }

  /** How many builds run. */
  public int size() {
    lock.lock();
    try {
      return (int) active.values().stream().filter(ActiveBuild::running).count();
    } finally {
      lock.unlock();
    }
  }

  /** The build with this reference, waiting a while for it to begin. */
  public Optional<ActiveBuild> await(String ref, Duration patience) throws InterruptedException {
    long nanos = patience.toNanos();
    lock.lockInterruptibly();
    try {
      while (true) {
        ActiveBuild build = active.get(ref);
        if (build != null) {
          return Optional.of(build);
        }
        if (nanos <= 0 || closed) {
          return Optional.empty();
        }
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Stops all builds and accepts no more. */
  public void close() throws InterruptedException {
    List<ActiveBuild> running;
    lock.lock();
    try {
      closed = true;
      running = List.copyOf(active.values());
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    running.forEach(build -> build.cancel("the daemon is shutting down"));
    awaitIdle(Duration.ofSeconds(10));
  }

  private void awaitIdle(Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (size() > 0 && System.nanoTime() < deadline) {
      Thread.sleep(20);
    }
  }

  private ActiveBuild register(BuildTask task) throws FrontendException {
    ActiveBuild build = new ActiveBuild(task);
    lock.lock();
    try {
      if (closed) {
        throw FrontendException.builder(Category.ENVIRONMENT, "the daemon is shutting down")
            .status(StatusCode.UNAVAILABLE)
            .build();
      }
      if (task.ref().isEmpty()) {
        throw FrontendException.user("a build needs a reference");
      }
      ActiveBuild other = active.get(task.ref());
      if (other != null && other.running()) {
        throw FrontendException.builder(Category.USER, "job ID " + task.ref() + " exists")
            .status(StatusCode.ALREADY_EXISTS)
            .build();
      }
      active.put(task.ref(), build);
      changed.signalAll();
      return build;
    } finally {
      lock.unlock();
    }
  }

  /** Keeps the build known for a moment: its client may ask for its progress late. */
  private void retire(ActiveBuild build) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            Thread.sleep(AFTERLIFE);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          lock.lock();
          try {
            active.remove(build.task().ref(), build);
          } finally {
            lock.unlock();
          }
        });
  }
}
