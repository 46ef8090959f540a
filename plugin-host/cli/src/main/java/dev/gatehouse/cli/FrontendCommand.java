package dev.gatehouse.cli;

import dev.gatehouse.cli.option.Arguments;
import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.cli.packager.FrontendPackager;
import dev.gatehouse.cli.packager.ImagePush;
import dev.gatehouse.cli.packager.PackagingException;
import dev.gatehouse.cli.packager.PluginZip;
import dev.gatehouse.cli.project.ProjectTemplate;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
  private final CommandSpec creation;

  FrontendCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
    creation =
        Commands.command(
                "Begin a frontend: a Maven project that builds, tests and packages.", this::create)
            .addOption(Options.value("FOLDER", "Where the project goes (default: NAME).", "--dir"))
            .addOption(Options.value("PACKAGE", "The package of its classes.", "--package"))
            .addPositional(
                PositionalParamSpec.builder()
                    .paramLabel("NAME")
                    .description("The frontend's name, such as words.")
                    .type(String.class)
                    .arity("1")
                    .build());
    packaging =
        Commands.command(
                "Make of a frontend's jars the image, for # syntax= here and in any BuildKit, or the"
                    + " plugin. No container engine is needed.",
                this::packageImage)
            .addOption(
                Options.value(
                    "NAME", "The image's name, such as registry.example/words:1.", "--tag", "-t"))
            .addOption(
                Options.value("FOLDER", "Write the image there as OCI layout.", "--output", "-o"))
            .addOption(Options.flag("Push the image to its registry.", "--push"))
            .addOption(Options.value("FILE", "Write the plugin there, as zip.", "--plugin"))
            .addOption(Options.flag("Push over plain HTTP or with any certificate.", "--insecure"))
            .addOption(
                Options.value(
                    "FOLDER",
                    "A folder to run the frontend on, to see that it works and what it loads.",
                    "--sample"))
            .addOption(Options.values("NAME=VALUE", "A frontend option for that run.", "--opt"))
            .addOption(
                Options.value(
                    "FILE",
                    "The list of classes to load ahead of time: read if it exists, else written;"
                        + " keep it, and the same frontend gives the same image.",
                    "--class-list"))
            .addOption(
                Options.flag(
                    "Make the image without classes loaded ahead of time: sooner, for trying it; each"
                        + " build then waits some tenths of a second longer.",
                    "--no-class-archive"))
            .addOption(Options.values("NAME=VALUE", "A label of the image.", "--label"))
            .addOption(
                Options.value("FOLDER", "The JDK whose runtime goes into the image.", "--jdk"))
            .addPositional(
                PositionalParamSpec.builder()
                    .paramLabel("FRONTEND")
                    .description("Jars and folders of jars, or a plugin zip.")
                    .type(List.class)
                    .auxiliaryTypes(String.class)
                    .arity("1..*")
                    .build());
  }

  CommandSpec spec() {
    CommandSpec group = Commands.group("Write, try and package frontends.");
    group.addSubcommand("new", creation);
    group.addSubcommand("run", new FrontendRunCommand(out, err).spec());
    group.addSubcommand("package", packaging);
    return group;
  }

  private int create() throws UsageException, IOException {
    Path distribution =
        Installation.home()
            .filter(home -> Files.isDirectory(home.resolve("lib/maven")))
            .orElseThrow(() ->
                new UsageException(
                    "this is no whole distribution: lib/maven, where projects find the SDK, is not"
                        + " there"));
    String name = creation.positionalParameters().get(0).getValue();
    ProjectTemplate template;
    try {
      template =
          new ProjectTemplate(
              name,
              Options.get(creation, "--package", ProjectTemplate.defaultPackage(name)),
              distribution);
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
    Path folder = Path.of(Options.get(creation, "--dir", name));
    try {
      template.write(folder);
    } catch (FileAlreadyExistsException e) {
      throw new UsageException(e.getMessage() + "; name another folder: --dir FOLDER");
    }
    out.println("wrote the frontend %s to %s".formatted(template.className(), folder));
    out.println("  cd %s && mvn verify".formatted(folder));
    out.println(
        "  gatehouse frontend run --project . --file example/%s --output out example"
            .formatted(template.fileName()));
    return 0;
  }

  private int packageImage()
      throws UsageException, IOException, PackagingException, InterruptedException {
    LogSetup.client(err);
    String tag = Options.get(packaging, "--tag");
    String output = Options.get(packaging, "--output");
    boolean push = Options.isSet(packaging, "--push");
    String plugin = Options.get(packaging, "--plugin");
    boolean image = output != null || push;
    if (!image && plugin == null) {
      throw new UsageException(
          "--plugin, --output or --push is missing: nothing would be kept of what is made");
    }
    List<Path> jars = jars();
    if (plugin != null) {
      PluginZip.write(jars, Path.of(plugin));
      err.println("plugin " + plugin);
    }
    if (!image) {
      return 0;
    }
    if (tag == null) {
      throw new UsageException("--tag is missing: the image needs a name");
    }
    FrontendPackager.Request request =
        new FrontendPackager.Request(
            jars,
            tag,
            Path.of(Options.get(packaging, "--jdk", System.getProperty("java.home"))),
            folder(Options.get(packaging, "--sample")),
            pairs("--opt"),
            Optional.ofNullable(Options.get(packaging, "--class-list")).map(Path::of),
            !Options.isSet(packaging, "--no-class-archive"),
            pairs("--label"));
    Path scratch = Files.createTempDirectory("gatehouse-image");
    Path layout = output == null ? scratch.resolve("layout") : Path.of(output);
    try {
      FrontendPackager.Outcome outcome = new FrontendPackager(err::println).write(request, layout);
      if (push) {
        ImagePush.push(layout, outcome.manifest(), tag, Options.isSet(packaging, "--insecure"));
        err.println("pushed " + tag);
      }
      out.println(outcome.manifest().digest());
      return 0;
    } finally {
      FrontendPackager.deleteTree(scratch);
    }
  }

  private List<Path> jars() throws UsageException, IOException {
    List<Path> jars = new ArrayList<>();
    List<String> given = packaging.positionalParameters().get(0).getValue();
    for (String name : given) {
      Path path = Path.of(name);
      if (Files.isDirectory(path)) {
        jars.addAll(ClassPath.jars(path));
      } else if (Files.exists(path)) {
        jars.add(path);
      } else {
        throw new UsageException("there is no file " + name);
      }
    }
    return jars;
  }

  private static Optional<Path> folder(@Nullable String path) throws UsageException {
    if (path != null && !Files.isDirectory(Path.of(path))) {
      throw new UsageException("--sample: there is no folder " + path);
    }
    return Optional.ofNullable(path).map(Path::of).map(Path::toAbsolutePath);
  }

  private Map<String, String> pairs(String option) throws UsageException {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String text : Options.all(packaging, option)) {
      Arguments.Pair pair = Arguments.pair(option, text);
      pairs.put(pair.name(), pair.value());
    }
    return pairs;
  }
}
