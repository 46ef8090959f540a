package dev.gatehouse.samples.embedded;

import dev.gatehouse.client.BuildClient;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.DaemonAddress;
import dev.gatehouse.client.Export;
import dev.gatehouse.client.SolveStatus;
import dev.gatehouse.daemon.Daemon;
import dev.gatehouse.daemon.config.ConfigReader;
import dev.gatehouse.daemon.transport.ListenAddress;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.CopyOptions;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.LocalSource;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Publishes a folder: copies it below {@code /site}, writes a release note beside it, and leaves
 * both in another folder. The solver runs in this process and keeps its cache from run to run.
 */
public final class EmbeddedBuild implements Closeable {
  private static final CopyOptions CONTENTS =
      CopyOptions.builder().directoryContentsOnly(true).createDestination(true).build();

  private final Daemon daemon;
  private final BuildClient client;

  private EmbeddedBuild(Daemon daemon, BuildClient client) {
    this.daemon = daemon;
    this.client = client;
  }

  /**
   * Opens the solver.
   *
   * @param state its cache and its socket; one process at a time
   */
  public static EmbeddedBuild open(Path state) throws IOException {
    Files.createDirectories(state);
    Path socket = state.resolve("build.sock");
    Daemon daemon =
        Daemon.start(
            ConfigReader.defaults(),
            state.resolve("root"),
            List.of(new ListenAddress.Unix(socket)),
            List.of());
    // A daemon elsewhere, BuildKit's too, is this line alone: connect(DaemonAddress.parse(...)).
    return new EmbeddedBuild(daemon, BuildClient.connect(DaemonAddress.unix(socket)));
  }

  /**
   * Builds.
   *
   * @return the names of the steps that ran, in order; those that were cached are not among them
   */
  public Set<String> publish(Path folder, String release, Path destination)
      throws FrontendException, InterruptedException {
    State files = LocalSource.of("site").constraints(named("read the site")).state();
    State site =
        State.scratch()
            .file(FileAction.copy(files, "/", "/site/", CONTENTS), named("copy the site"))
            .file(
                FileAction.mkfile(
                    "/RELEASE",
                    0644,
                    (release + "\n").getBytes(StandardCharsets.UTF_8),
                    FileOptions.NONE),
                named("note the release"));
    BuildRequest request =
        BuildRequest.builder()
            .definition(site.marshal(MarshalOptions.defaults()))
            .localDirectory("site", folder)
            .export(Export.toDirectory("local", Map.of(), destination))
            .build();
    Set<String> ran = new ConcurrentSkipListSet<>();
    client.solve(request, status -> note(status, ran));
    return ran;
  }

  private static Constraints named(String name) {
    return Constraints.builder().name(name).build();
  }

  private static void note(SolveStatus status, Set<String> ran) {
    for (SolveStatus.Vertex vertex : status.vertices()) {
      if (vertex.completed() != null && !vertex.cached()) {
        ran.add(vertex.name());
      }
    }
  }

  @Override
  public void close() throws IOException {
    client.close();
    daemon.close();
  }

  /** Runs {@code FOLDER RELEASE DESTINATION STATE}. */
  public static void main(String[] args) throws Exception {
    if (args.length != 4) {
      System.err.println("usage: EmbeddedBuild FOLDER RELEASE DESTINATION STATE");
      System.exit(2);
    }
    try (EmbeddedBuild build = open(Path.of(args[3]))) {
      System.out.println("ran: " + build.publish(Path.of(args[0]), args[1], Path.of(args[2])));
    }
  }
}
