package dev.gatehouse.host;

import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.host.plugin.PluginFolder;
import dev.gatehouse.solver.core.ProgressSink;
import dev.gatehouse.solver.worker.Build;
import dev.gatehouse.solver.worker.BuildFacts;
import dev.gatehouse.solver.worker.BuildRequest;
import dev.gatehouse.solver.worker.Worker;
import dev.gatehouse.solver.worker.WorkerConfig;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A worker and a host over it, whose plugins lie in a folder of the test. */
final class TestHost implements AutoCloseable {
  /** Takes zips of plugins at any time. */
  final Path plugins;

  final Worker worker;
  private final Path dir;
  private FrontendHost host;

  private TestHost(Path dir, Worker worker, HostOptions options) throws IOException {
    this.dir = dir;
    this.worker = worker;
    this.plugins = Files.createDirectory(dir.resolve("plugins"));
    this.host = host(options);
  }

  /** Skips the test where the worker cannot run. */
  static TestHost open(Path dir, WorkerConfig config, HostOptions options) throws IOException {
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    return new TestHost(dir, Worker.open(config), options);
  }

  private FrontendHost host(HostOptions options) throws IOException {
    return new FrontendHost(
        new PluginFolder(List.of(plugins), dir.resolve("scratch")),
        options,
        dir.resolve("frontends"));
  }

  /** Puts another host in the place of this one. */
  void reopen(HostOptions options) throws IOException {
    host.close();
    host = host(options);
  }

  Result solve(SolveRequest request, ProgressSink progress) throws Exception {
    try (Build build =
        worker.build(new BuildRequest(BuildFacts.NONE, SessionGroup.NONE, progress))) {
      return new HostedBuild(host, build, "session").solve(request);
    }
  }

  @Override
  public void close() {
    host.close();
    worker.close();
  }
}
