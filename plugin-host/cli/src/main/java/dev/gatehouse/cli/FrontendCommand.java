package dev.gatehouse.cli;

import dev.gatehouse.cli.packager.FrontendPackager;
import dev.gatehouse.cli.packager.ImagePush;
import dev.gatehouse.cli.packager.PackagingException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code gatehouse frontend}: what authors of frontends need. */
final class FrontendCommand {
  private final PrintStream out;
  private final PrintStream err;
  private final CommandSpec packaging;

  FrontendCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
    packaging =
        Commands.command(
                "Make a frontend image, for # syntax= here and in any BuildKit, without a container"
                    + " engine.",
                this::packageImage)
            .addOption(
                Commands.value(
                    "NAME", "The image's name, such as registry.example/words:1.", "--tag", "-t"))
            .addOption(
                Commands.value("FOLDER", "Write the image there as OCI layout.", "--output", "-o"))
            .addOption(Commands.flag("Push the image to its registry.", "--push"))
            .addOption(Commands.flag("Push over plain HTTP or with any certificate.", "--insecure"))
            .addOption(
                Commands.value(
                    "FOLDER",
                    "A folder to run the frontend on, to see that it works and what it loads.",
                    "--sample"))
            .addOption(Commands.values("NAME=VALUE", "A frontend option for that run.", "--opt"))
            .addOption(
                Commands.value(
                    "FILE",
                    "The list of classes to load ahead of time: read if it exists, else written;"
                        + " keep it, and the same frontend gives the same image.",
                    "--class-list"))
            .addOption(Commands.values("NAME=VALUE", "A label of the image.", "--label"))
            .addOption(
                Commands.value("FOLDER", "The JDK whose runtime goes into the image.", "--jdk"))
            .addPositional(
                PositionalParamSpec.builder()
                    .paramLabel("FRONTEND")
                    .description("A plugin zip, or jars.")
                    .type(List.class)
                    .auxiliaryTypes(String.class)
                    .arity("1..*")
                    .build());
  }

  CommandSpec spec() {
    CommandSpec group = Commands.group("Package frontends.");
    group.addSubcommand("package", packaging);
    return group;
  }

  private int packageImage()
      throws UsageException, IOException, PackagingException, InterruptedException {
    LogSetup.client(err);
    String tag = Commands.get(packaging, "--tag");
    String output = Commands.get(packaging, "--output");
    boolean push = Commands.isSet(packaging, "--push");
    if (tag == null) {
      throw new UsageException("--tag is missing: the image needs a name");
    }
    if (output == null && !push) {
      throw new UsageException("--output or --push is missing: nothing would be kept of the image");
    }
    List<String> given = packaging.positionalParameters().get(0).getValue();
    FrontendPackager.Request request =
        new FrontendPackager.Request(
            given.stream().map(Path::of).toList(),
            tag,
            Path.of(Commands.get(packaging, "--jdk", System.getProperty("java.home"))),
            folder(Commands.get(packaging, "--sample")),
            pairs("--opt"),
            Optional.ofNullable(Commands.get(packaging, "--class-list")).map(Path::of),
            pairs("--label"));
    Path scratch = Files.createTempDirectory("gatehouse-image");
    Path layout = output == null ? scratch.resolve("layout") : Path.of(output);
    try {
      FrontendPackager.Outcome outcome = new FrontendPackager(err::println).write(request, layout);
      if (push) {
        ImagePush.push(layout, outcome.manifest(), tag, Commands.isSet(packaging, "--insecure"));
        err.println("pushed " + tag);
      }
      out.println(outcome.manifest().digest());
      return 0;
    } finally {
      FrontendPackager.deleteTree(scratch);
    }
  }

  private static Optional<Path> folder(@Nullable String path) throws UsageException {
    if (path != null && !Files.isDirectory(Path.of(path))) {
      throw new UsageException("--sample: there is no folder " + path);
    }
    return Optional.ofNullable(path).map(Path::of).map(Path::toAbsolutePath);
  }

  private Map<String, String> pairs(String option) throws UsageException {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String text : Commands.all(packaging, option)) {
      Arguments.Pair pair = Arguments.pair(option, text);
      pairs.put(pair.name(), pair.value());
    }
    return pairs;
  }
}
