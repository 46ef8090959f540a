package dev.gatehouse.daemon.control;

import dev.gatehouse.daemon.build.BuildObserver;
import dev.gatehouse.daemon.build.Builds;
import dev.gatehouse.daemon.history.BuildHistory;
import dev.gatehouse.daemon.session.SessionRegistry;
import dev.gatehouse.frontend.transport.RpcService;
import dev.gatehouse.protocol.worker.BuildkitVersion;
import dev.gatehouse.solver.store.GcPolicy;
import dev.gatehouse.solver.worker.Worker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Everything that a connection to the daemon offers. */
public final class ControlServices {
  private ControlServices() {}

  /** Opens the history of builds below a directory. */
  public static BuildHistory openHistory(Path directory, Duration maxAge, int maxEntries)
      throws IOException {
    return BuildHistory.open(directory, maxAge, maxEntries, HistoryRecords::entry);
  }

  /** What keeps that history. */
  public static BuildObserver recorder(BuildHistory history) {
    return new HistoryRecords(history);
  }

  /**
   * The services of a connection.
   *
   * @param policies the collection steps in force, for those who ask
   * @param version of this daemon, for those who ask
   */
  public static List<RpcService> all(
      Worker worker,
      Builds builds,
      SessionRegistry sessions,
      BuildHistory history,
      List<GcPolicy> policies,
      String version) {
    BuildkitVersion identity =
        BuildkitVersion.newBuilder().setPackage("dev.gatehouse").setVersion(version).build();
    return List.of(
        new ControlService(worker, builds, sessions, history, policies, identity),
        new BridgeForwarder(builds),
        new ContentService(worker.store().content(), history),
        new TraceService());
  }
}
