package dev.gatehouse.cli;

import dev.gatehouse.cli.build.BuildArguments;
import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.cli.packager.FrontendPackager;
import dev.gatehouse.client.BuildClient;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.host.plugin.FrontendClasses;
import dev.gatehouse.host.plugin.PluginException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code gatehouse frontend run}: runs an author's frontend in this process; what it asks for is
 * built by a daemon, ours or any BuildKit.
 */
final class FrontendRunCommand {
  private final PrintStream err;
  private final CommandSpec spec;
  private final BuildRun runs;
  private final BuildArguments arguments;

  FrontendRunCommand(PrintStream out, PrintStream err) {
    this.err = err;
    spec =
        Commands.command(
                "Run a frontend in this process, against any BuildKit daemon, without an image.",
                this::run)
            .addOption(
                Options.value("JAR", "The frontend; libraries lie in lib beside it.", "--jar"))
            .addOption(
                Options.value(
                    "FOLDER",
                    "The frontend's Maven project: target/classes, target/lib.",
                    "--project"))
            .addOption(
                Options.flag(
                    "Build again when the frontend, the build file or the context changes.",
                    "--watch",
                    "-w"));
    runs = new BuildRun(spec, out, err);
    arguments = BuildArguments.ofFrontend(spec, System.in, out);
  }

  CommandSpec spec() {
    return spec;
  }

  private int run()
      throws UsageException, IOException, FrontendException, PluginException, InterruptedException {
    LogSetup.client(err);
    ClassPath classPath = classPath();
    try (arguments) {
      return run(classPath, arguments.request());
    }
  }

  private int run(ClassPath classPath, BuildRequest request)
      throws UsageException, IOException, FrontendException, PluginException, InterruptedException {
    try (Terminal terminal = Terminal.ofStandardError();
        BuildClient client = DaemonConnection.open(runs.address(), true, err);
        Interruption interruption = Interruption.of(Thread.currentThread())) {
      if (!Options.isSet(spec, "--watch")) {
        return build(terminal, client, classPath, request);
      }
      try (FileWatch watch = watch(classPath, request)) {
        while (true) {
          try {
            build(terminal, client, classPath(), arguments.request());
          } catch (UsageException | IOException | PluginException e) {
            Commands.report(e, err); // half-written, or gone for the moment
          }
          err.println("watching for changes, Ctrl-C ends");
          watch.await();
        }
      }
    }
  }

  private ClassPath classPath() throws UsageException, IOException {
    String jar = Options.get(spec, "--jar");
    String project = Options.get(spec, "--project");
    if (jar != null && project != null) {
      throw new UsageException(
          "--jar and --project are both there; one says where the frontend is");
    }
    if (jar != null) {
      return ClassPath.ofJar(jar);
    }
    if (project != null) {
      return ClassPath.ofProject(project);
    }
    throw new UsageException("--jar or --project is missing: which frontend?");
  }

  private int build(
      Terminal terminal, BuildClient client, ClassPath classPath, BuildRequest request)
      throws UsageException, IOException, FrontendException, PluginException, InterruptedException {
    Path scratch = Files.createTempDirectory("gatehouse-frontend");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (FrontendClasses classes =
        FrontendClasses.load(classPath.name(), classPath.copyTo(scratch))) {
      thread.setContextClassLoader(classes.classLoader());
      return runs.run(terminal, listener -> client.build(classes.frontend(), request, listener));
    } finally {
      thread.setContextClassLoader(before);
      FrontendPackager.deleteTree(scratch);
    }
  }

  /** All that goes into the build, without what comes out of it. */
  private FileWatch watch(ClassPath classPath, BuildRequest request)
      throws UsageException, IOException {
    Set<Path> files = new HashSet<>();
    Set<Path> folders = new HashSet<>();
    for (Path entry : classPath.entries()) {
      (Files.isDirectory(entry) ? folders : files).add(entry);
    }
    String file = Options.get(spec, "--file");
    if (file != null) {
      Path path = absolute(file);
      files.add(path);
      files.add(path.resolveSibling(path.getFileName() + ".dockerignore"));
    }
    for (Map.Entry<String, Path> local : request.localDirectories().entrySet()) {
      if (file == null || !local.getKey().equals("dockerfile")) {
        folders.add(local.getValue());
      }
    }
    folders.addAll(request.ociLayouts().values());
    List<Path> written = new ArrayList<>(arguments.destinations());
    String metadata = Options.get(spec, "--metadata-file");
    if (metadata != null) {
      written.add(absolute(metadata));
    }
    return FileWatch.of(files, folders, written);
  }

  private static Path absolute(String path) {
    return Path.of(path).toAbsolutePath().normalize();
  }
}
