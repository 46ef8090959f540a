package dev.gatehouse.cli;

import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.cli.progress.Display;
import dev.gatehouse.cli.progress.LiveDisplay;
import dev.gatehouse.cli.progress.PlainDisplay;
import dev.gatehouse.cli.progress.RawJsonDisplay;
import dev.gatehouse.client.BuildResult;
import dev.gatehouse.client.StatusListener;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.llb.json.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** A build as a command shows it: progress while it goes, then what came out or why it failed. */
final class BuildRun {
  private final CommandSpec spec;
  private final PrintStream out;
  private final PrintStream err;

  /** Adds the options that all commands which build have. */
  BuildRun(CommandSpec spec, PrintStream out, PrintStream err) {
    this.spec = spec;
    this.out = out;
    this.err = err;
    spec.addOption(
            Options.value("ADDRESS", "The daemon: unix:///path or tcp://host:port.", "--addr"))
        .addOption(
            Options.value(
                "MODE", "How to show progress: auto, plain, tty, rawjson, quiet.", "--progress"))
        .addOption(Options.value("FILE", "Write what exporters said as JSON.", "--metadata-file"))
        .addOption(Options.flag("Show no progress, print the image's id.", "-q", "--quiet"))
        .addOption(Options.value("FILE", "Write the image's id.", "--iidfile"))
        .addOption(Options.value("FILE", "Write the build's id.", "--ref-file"));
  }

  /** What is built. */
  @FunctionalInterface
  interface Work {
    BuildResult build(StatusListener listener) throws FrontendException, InterruptedException;
  }

  /** The daemon that was named, if one was. */
  @Nullable String address() {
    return Options.get(spec, "--addr");
  }

  /**
   * Builds.
   *
   * @return the exit code
   */
  int run(Terminal terminal, Work work)
      throws UsageException, IOException, FrontendException, InterruptedException {
    try (DisplayLoop loop = new DisplayLoop(display(terminal))) {
      BuildResult result = work.build(loop);
      loop.close();
      finish(result);
      return 0;
    } catch (FrontendException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      new FailureReport(err).print(e);
      return e.category() == FrontendException.Category.CANCELLED ? 130 : 1;
    }
  }

  private String mode() {
    return Options.isSet(spec, "--quiet") ? "quiet" : Options.get(spec, "--progress", "auto");
  }

  private Display display(Terminal terminal) throws UsageException {
    String mode = mode();
    return switch (mode) {
      case "auto" ->
          terminal.isTerminal() ? live(terminal) : new PlainDisplay(err, Clock.systemUTC());
      case "plain" -> new PlainDisplay(err, Clock.systemUTC());
      case "rawjson" -> new RawJsonDisplay(err);
      case "quiet", "none" -> Display.quiet();
      case "tty" -> {
        if (!terminal.isTerminal()) {
          throw new UsageException("--progress tty: standard error is no terminal");
        }
        yield live(terminal);
      }
      default ->
          throw new UsageException(
              "--progress " + mode + " is unknown, expected auto, plain, tty, rawjson or quiet");
    };
  }

  private Display live(Terminal terminal) {
    boolean color = Options.environment("NO_COLOR") == null;
    return new LiveDisplay(err, Clock.systemUTC(), terminal, color, "build");
  }

  private void finish(BuildResult result) throws IOException {
    Map<String, String> response = new TreeMap<>(result.exporterResponse());
    String file = Options.get(spec, "--metadata-file");
    if (file != null) {
      Map<String, Object> metadata = new TreeMap<>();
      response.forEach((key, value) -> metadata.put(key, metadataValue(value)));
      Files.write(Path.of(file), Json.bytes(metadata));
    }
    String reference = Options.get(spec, "--ref-file");
    if (reference != null) {
      Files.writeString(Path.of(reference), result.reference());
    }
    String digest = response.get("containerimage.digest");
    if (digest != null) {
      id(response.getOrDefault("containerimage.config.digest", digest));
      if (!mode().equals("quiet")) {
        String name = response.get("image.name");
        err.println(name == null ? digest : name + "@" + digest);
      }
    }
  }

  private void id(String id) throws IOException {
    String file = Options.get(spec, "--iidfile");
    if (file != null) {
      Files.writeString(Path.of(file), id);
    }
    if (Options.isSet(spec, "--quiet")) {
      out.println(id);
      out.flush();
    }
  }

  /** Exporters send objects as base64 of JSON: they become objects in the file. */
  private static Object metadataValue(String value) {
    try {
      String decoded = new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
      if (decoded.startsWith("{")
          && Json.parse(decoded.getBytes(StandardCharsets.UTF_8)) instanceof Map<?, ?> m) {
        return m;
      }
    } catch (IllegalArgumentException e) {
      return value;
    }
    return value;
  }
}
