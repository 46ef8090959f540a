package dev.gatehouse.daemon.build;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.server.GatewayService;
import dev.gatehouse.solver.worker.export.Attestation;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A build under way, or one that has just ended. */
public final class ActiveBuild {
  private final BuildTask task;
  private final Instant created = Instant.now();
  private final ProgressLog progress = new ProgressLog();
  private final Thread worker = Thread.currentThread();

  // guarded by this
  private @Nullable GatewayService gateway;
  private @Nullable String cancelled;
  private boolean over;

  ActiveBuild(BuildTask task) {
    this.task = task;
  }

  public BuildTask task() {
    return task;
  }

  public Instant created() {
    return created;
  }

  public ProgressLog progress() {
    return progress;
  }

  /** The gateway that the client, being the frontend, calls; empty for other builds. */
  public synchronized Optional<GatewayService> gateway() {
    return Optional.ofNullable(gateway);
  }

  synchronized void open(GatewayService service) {
    gateway = service;
  }

  /** Stops the build; its caller learns why. */
  synchronized void cancel(String reason) {
    if (!over && cancelled == null) {
      cancelled = reason;
      worker.interrupt();
    }
  }

  /** No cancellation has an effect from now on. */
  synchronized void end() {
    over = true;
    gateway = null;
  }

  /** Whether it has not ended. */
  public synchronized boolean running() {
    return !over;
  }

  /** Why the build was stopped. */
  synchronized String reason() {
    return cancelled == null ? "context canceled" : cancelled;
  }

  /** How a build ended. */
  public sealed interface Outcome {
    /**
     * With what exporters said.
     *
     * @param provenance of the results by platform, of a single one under the empty name
     */
    record Success(Map<String, String> response, Map<String, Attestation> provenance)
        implements Outcome {}

    /** With an error. */
    record Failure(FrontendException error) implements Outcome {}
  }
}
