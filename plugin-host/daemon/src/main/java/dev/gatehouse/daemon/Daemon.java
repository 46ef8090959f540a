package dev.gatehouse.daemon;

import dev.gatehouse.daemon.build.Builds;
import dev.gatehouse.daemon.config.DaemonConfig;
import dev.gatehouse.daemon.control.ControlServices;
import dev.gatehouse.daemon.history.BuildHistory;
import dev.gatehouse.daemon.session.SessionRegistry;
import dev.gatehouse.daemon.transport.ListenAddress;
import dev.gatehouse.daemon.transport.Listener;
import dev.gatehouse.daemon.transport.TlsServer;
import dev.gatehouse.frontend.transport.RpcService;
import dev.gatehouse.host.FrontendHost;
import dev.gatehouse.host.plugin.PluginFolder;
import dev.gatehouse.solver.store.GcPolicy;
import dev.gatehouse.solver.worker.Worker;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running daemon. {@link #start} returns when it serves; {@link #close} ends builds and sessions,
 * removes its sockets and leaves its state directory whole.
 */
public final class Daemon implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(Daemon.class);

  /** What this daemon says its version is. */
  public static final String VERSION = "0.1.0";

  private interface End {
    void run() throws IOException, InterruptedException;
  }

  private final Deque<End> ends = new ArrayDeque<>();
  private final List<ListenAddress> addresses = new ArrayList<>();
  private boolean closed;

  private Daemon() {}

  /**
   * Starts a daemon.
   *
   * @param root directory of all its state
   * @param addresses where it listens
   * @param plugins directories of plugin zips, later ones win
   * @throws IOException if its state directory is in use or unusable, or it cannot listen
   */
  public static Daemon start(
      DaemonConfig config, Path root, List<ListenAddress> addresses, List<Path> plugins)
      throws IOException {
    config.warnings().forEach(log::warn);
    Daemon daemon = new Daemon();
    boolean up = false;
    try {
      daemon.open(config, root, addresses, plugins);
      up = true;
      return daemon;
    } finally {
      if (!up) {
        daemon.close();
      }
    }
  }

  private void open(DaemonConfig config, Path root, List<ListenAddress> where, List<Path> plugins)
      throws IOException {
    Files.createDirectories(root);
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x--x"));
    Worker worker = Worker.open(WorkerSettings.of(config, root));
    ends.push(worker::close);
    PluginFolder folder = new PluginFolder(plugins, root.resolve("plugins"));
    FrontendHost frontends =
        new FrontendHost(folder, WorkerSettings.frontends(config), root.resolve("frontends"));
    ends.push(frontends::close);
    BuildHistory history =
        ControlServices.openHistory(
            root.resolve("history"), config.history().maxAge(), config.history().maxEntries());
    List<GcPolicy> policies =
        config.worker().gc()
            ? WorkerSettings.policies(config, Files.getFileStore(root).getTotalSpace())
            : List.of();
    Collector collector = new Collector(worker, policies);
    ends.push(collector::close);
    SessionRegistry sessions = new SessionRegistry();
    Builds builds =
        new Builds(
            worker,
            frontends,
            sessions,
            config.entitlements(),
            new CollectingObserver(ControlServices.recorder(history), collector));
    List<Listener> listeners = new ArrayList<>();
    ends.push(() -> {
      for (Listener listener : listeners) {
        listener.stopAccepting();
      }
      builds.close();
      sessions.closeAll();
      for (Listener listener : listeners) {
        listener.close();
      }
    });
    List<RpcService> services =
        ControlServices.all(worker, builds, sessions, history, policies, VERSION);
    DaemonConfig.Grpc grpc = config.grpc();
    DaemonConfig.Tls tlsConfig = grpc.tls();
    TlsServer tls =
        tlsConfig == null
            ? null
            : TlsServer.load(
                Path.of(tlsConfig.cert()),
                Path.of(tlsConfig.key()),
                tlsConfig.ca() == null ? null : Path.of(tlsConfig.ca()));
    for (ListenAddress address : where) {
      if (address instanceof ListenAddress.Tcp && tls == null) {
        log.warn("{} is open to everybody who can reach it: grpc.tls is not configured", address);
      }
      Listener listener = Listener.start(address, grpc.uid(), grpc.gid(), tls, services);
      listeners.add(listener);
      addresses.add(listener.address());
      log.info("listening on {}", listener.address());
    }
  }

  /** Where it listens. */
  public List<ListenAddress> addresses() {
    return List.copyOf(addresses);
  }

  /** Ends builds under way, sessions and connections, in that order. Idempotent. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    IOException failure = null;
    boolean interrupted = false;
    for (End end : ends) {
      try {
        end.run();
      } catch (IOException e) {
        failure = failure == null ? e : failure;
        log.warn("while closing", e);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw failure;
    }
  }
}
