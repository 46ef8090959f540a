package dev.gatehouse.cli;

import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.frontend.dockerfile.offline.OfflineBuild;
import dev.gatehouse.frontend.dockerfile.offline.OfflineImages;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbGraph;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code gatehouse llb}: converts Dockerfiles without a daemon. */
final class LlbCommand {
  private static final int IN_FLIGHT = 256;

  private final PrintStream out;
  private final PrintStream err;
  private final CommandSpec spec;

  LlbCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
    spec =
        Commands.command("Convert Dockerfiles to LLB, without a daemon.", this::convert)
            .addOption(
                Options.values(
                    "KEY=VALUE", "An option of the frontend, such as build-arg:X=1.", "--opt"))
            .addOption(
                Options.value(
                    "PLATFORM", "Platforms to build for, joined by commas.", "--platform"))
            .addOption(Options.value("STAGE", "The stage to build.", "--target"))
            .addOption(
                Options.value(
                    "ID", "The session that local sources name (default: golden).", "--session"))
            .addOption(
                Options.value(
                    "FILE",
                    "Images by a table: a JSON object of names with digest and config.",
                    "--image-configs"))
            .addOption(
                Options.value(
                    "RULE", "Images by a rule; the one there is, is golden.", "--resolve"))
            .addOption(
                Options.value(
                    "FORM", "What to print: json (default), protobuf or dot.", "--output", "-o"))
            .addOption(
                Options.flag(
                    "Print a line for each file: ok, heads, operations and hashes, or error, line"
                        + " and message.",
                    "--summary"));
    spec.addPositional(
        PositionalParamSpec.builder()
            .paramLabel("FILE")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .arity("1..*")
            .description("Dockerfiles; - is standard input.")
            .build());
  }

  CommandSpec spec() {
    return spec;
  }

  private int convert() throws UsageException, IOException, InterruptedException {
    OfflineBuild build = OfflineBuild.of(images(), Options.get(spec, "--session", "golden"));
    Map<String, String> options = options();
    List<String> files = spec.positionalParameters().get(0).getValue();
    if (Options.isSet(spec, "--summary")) {
      return summarise(build, options, files);
    }
    Thread printing = new Thread(LlbGraph::prepare, "printing");
    printing.setDaemon(true);
    printing.start();
    int status = 0;
    for (String file : files) {
      OfflineBuild.Outcome outcome = build.run(read(file), options);
      if (outcome.failure() != null) {
        err.print(outcome.report());
        status = 1;
      } else {
        print(outcome);
      }
    }
    return status;
  }

  private OfflineImages images() throws UsageException, IOException {
    String table = Options.get(spec, "--image-configs");
    String rule = Options.get(spec, "--resolve");
    if (table != null && rule != null) {
      throw new UsageException("--image-configs and --resolve cannot be used together");
    }
    if (table != null) {
      try {
        return OfflineImages.table(Files.readAllBytes(Path.of(table)));
      } catch (IllegalArgumentException e) {
        throw new UsageException(table + ": " + e.getMessage());
      }
    }
    if (rule == null) {
      throw new UsageException(
          "say where images come from: --image-configs FILE, or --resolve golden for images made up"
              + " by a rule");
    }
    if (!rule.equals("golden")) {
      throw new UsageException("--resolve " + rule + ": the only rule is golden");
    }
    return OfflineImages.golden();
  }

  private Map<String, String> options() throws UsageException {
    Map<String, String> options = new LinkedHashMap<>();
    for (String option : Options.all(spec, "--opt")) {
      int equals = option.indexOf('=');
      if (equals < 1) {
        throw new UsageException("--opt " + option + ": an option is written KEY=VALUE");
      }
      options.put(option.substring(0, equals), option.substring(equals + 1));
    }
    put(options, "platform", Options.get(spec, "--platform"));
    put(options, "target", Options.get(spec, "--target"));
    return options;
  }

  private static void put(Map<String, String> options, String name, @Nullable String value) {
    if (value != null) {
      options.put(name, value);
    }
  }

  private static byte[] read(String file) throws UsageException, IOException {
    if (file.equals("-")) {
      return System.in.readAllBytes();
    }
    Path path = Path.of(file);
    if (!Files.isRegularFile(path)) {
      throw new UsageException("there is no file " + file);
    }
    return Files.readAllBytes(path);
  }

  private void print(OfflineBuild.Outcome outcome) throws UsageException {
    String form = Options.get(spec, "--output", "json");
    if (!outcome.result().metadata().containsKey("refs.platforms")) {
      byte[] json = outcome.result().metadata().get("result.json");
      out.print(
          form.equals("json") && Options.get(spec, "--output") != null && json != null
              ? new String(json, StandardCharsets.UTF_8) + "\n"
              : outcome.answer());
      return;
    }
    Map<String, Definition> definitions = outcome.definitions();
    switch (form) {
      case "json" -> definitions.values().forEach(d -> out.print(LlbGraph.of(d).toJsonLines()));
      case "dot" -> definitions.values().forEach(d -> out.print(LlbGraph.of(d).toDot()));
      case "protobuf" -> {
        if (definitions.size() != 1) {
          throw new UsageException(
              "protobuf output holds one definition: ask for one platform, or for json");
        }
        byte[] bytes = definitions.values().iterator().next().toBytes();
        out.write(bytes, 0, bytes.length);
      }
      default ->
          throw new UsageException("--output " + form + ": forms are json, protobuf and dot");
    }
  }

  /** Converts on all processors; lines come in the order of the files. */
  private int summarise(OfflineBuild build, Map<String, String> options, List<String> files)
      throws InterruptedException {
    ExecutorService executor =
        Executors.newFixedThreadPool(
            Math.min(files.size(), Runtime.getRuntime().availableProcessors()));
    StringBuilder lines = new StringBuilder();
    try {
      Deque<Future<String>> waiting = new ArrayDeque<>();
      int next = 0;
      while (next < files.size() || !waiting.isEmpty()) {
        while (next < files.size() && waiting.size() < IN_FLIGHT) {
          String file = files.get(next++);
          waiting.add(executor.submit(() -> summary(build, options, file)));
        }
        lines.append(waiting.remove().get()).append('\n');
        if (lines.length() > 1 << 16) {
          flush(lines);
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a conversion broke: " + e.getMessage(), e);
    } finally {
      executor.shutdownNow();
      flush(lines);
    }
    return 0;
  }

  private static String summary(OfflineBuild build, Map<String, String> options, String file)
      throws IOException, InterruptedException {
    byte[] content;
    try {
      content = read(file);
    } catch (UsageException e) {
      return file + "\terror\t0\t" + e.getMessage();
    }
    return build.run(content, options).summary(file);
  }

  private void flush(StringBuilder lines) {
    byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
    out.write(bytes, 0, bytes.length);
    lines.setLength(0);
  }
}
