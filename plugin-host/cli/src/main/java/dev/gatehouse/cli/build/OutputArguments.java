package dev.gatehouse.cli.build;

import dev.gatehouse.cli.option.Arguments;
import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.Export;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** What becomes of the result: exporters, names, annotations. */
final class OutputArguments {
  private static final String OUTPUT = "--output";
  private static final String TAG = "--tag";
  private static final String PUSH = "--push";
  private static final String LOAD = "--load";
  private static final String ANNOTATION = "--annotation";

  /** Exporters of images: these have names and annotations. */
  private static final Set<String> IMAGES = Set.of("image", "oci", "docker");

  private static final Pattern LEVEL =
      Pattern.compile(
          "(manifest|index|manifest-descriptor|index-descriptor)(\\[[A-Za-z0-9_/.-]+])?");

  private final CommandSpec spec;
  private final OutputStream stdout;

  OutputArguments(CommandSpec spec, OutputStream stdout) {
    this.spec = spec;
    this.stdout = stdout;
    spec.addOption(
            Options.values(
                "type=TYPE,...",
                "Where the result goes: image, oci, docker, local, tar with dest=; a bare DIR means"
                    + " local, - a tar on standard output.",
                "-o",
                OUTPUT))
        .addOption(Options.values("NAME", "Name of the image.", "-t", TAG))
        .addOption(Options.flag("Push the image.", PUSH))
        .addOption(Options.flag("Load the image into Docker.", LOAD))
        .addOption(
            Options.values(
                "[LEVEL:]KEY=VALUE",
                "Annotation of the image's manifest, or of what LEVEL says: index, manifest,"
                    + " index-descriptor, manifest-descriptor, with a [PLATFORM] if need be.",
                ANNOTATION));
  }

  /** Adds it all to a request. */
  void addTo(BuildRequest.Builder request) throws UsageException {
    String names = String.join(",", Options.all(spec, TAG));
    boolean push = Options.isSet(spec, PUSH);
    boolean load = Options.isSet(spec, LOAD);
    Map<String, String> annotations = annotations();
    List<String> outputs = new ArrayList<>(Options.all(spec, OUTPUT));
    if (load) {
      outputs.add("type=docker");
    }
    if (outputs.isEmpty() && (push || !names.isEmpty())) {
      outputs.add("type=image");
    }
    boolean pushed = false;
    for (String output : outputs) {
      Output parsed = parse(output);
      if (parsed.type().equals("cacheonly")) {
        continue;
      }
      if (IMAGES.contains(parsed.type())) {
        if (!names.isEmpty()) {
          parsed.attributes().putIfAbsent("name", names);
        }
        annotations.forEach(parsed.attributes()::putIfAbsent);
      }
      if (push && parsed.type().equals("image")) {
        parsed.attributes().putIfAbsent("push", "true");
        pushed = true;
      }
      if ("true".equals(parsed.attributes().get("push"))
          && parsed.attributes().getOrDefault("name", "").isEmpty()) {
        throw new UsageException("a push needs a name: --tag NAME");
      }
      request.export(export(output, parsed));
    }
    if (push && !pushed) {
      throw new UsageException("--push needs an output of type image");
    }
  }

  /** The files and folders of this machine that are written, absolute and normalized. */
  List<Path> destinations() throws UsageException {
    List<Path> destinations = new ArrayList<>();
    for (String text : Options.all(spec, OUTPUT)) {
      String destination = parse(text).destination();
      if (destination != null && !destination.equals("-")) {
        destinations.add(Path.of(destination).toAbsolutePath().normalize());
      }
    }
    return destinations;
  }

  /** An {@code --output} taken apart. */
  private record Output(
      String type, Map<String, String> attributes, @Nullable String destination) {}

  private static Output parse(String text) throws UsageException {
    if (text.equals("-")) {
      return new Output("tar", new LinkedHashMap<>(), "-");
    }
    if (text.indexOf('=') < 0 && text.indexOf(',') < 0) {
      return new Output("local", new LinkedHashMap<>(), text);
    }
    Map<String, String> attributes = new LinkedHashMap<>(Arguments.fields(OUTPUT, text));
    String type = attributes.remove("type");
    if (type == null) {
      throw new UsageException("--output needs a type: image, oci, docker, local or tar");
    }
    if (type.equals("registry")) {
      type = "image";
      attributes.put("push", "true");
    }
    return new Output(type, attributes, attributes.remove("dest"));
  }

  private Export export(String text, Output output) throws UsageException {
    String type = output.type();
    Map<String, String> attributes = output.attributes();
    String destination = output.destination();
    try {
      if (destination == null) {
        if (type.equals("docker")) {
          return Export.toFile(type, attributes, metadata -> new DockerLoad());
        }
        if (Set.of("local", "tar", "oci").contains(type)) {
          throw new UsageException("--output type=" + type + " needs dest=");
        }
        return Export.of(type, attributes);
      }
      boolean directory =
          type.equals("local")
              || attributes.getOrDefault("tar", "true").equals("false") && !type.equals("tar");
      if (directory) {
        return Export.toDirectory(type, attributes, Path.of(destination).toAbsolutePath());
      }
      if (destination.equals("-")) {
        return Export.toFile(type, attributes, metadata -> stdout);
      }
      Path file = Path.of(destination).toAbsolutePath();
      if (Files.isDirectory(file)) {
        throw new UsageException(
            "--output dest=" + destination + " is a directory; a file is needed");
      }
      return Export.toFile(type, attributes, metadata -> open(file));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--output " + text + ": " + e.getMessage());
    }
  }

  private static OutputStream open(Path file) throws IOException {
    Path parent = file.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    return new FileOutputStream(file.toFile());
  }

  /** Annotations as attributes of exporters. */
  private Map<String, String> annotations() throws UsageException {
    Map<String, String> annotations = new LinkedHashMap<>();
    for (String text : Options.all(spec, ANNOTATION)) {
      Arguments.Pair pair = Arguments.pair(ANNOTATION, text);
      int colon = pair.name().indexOf(':');
      if (colon < 0) {
        annotations.put("annotation." + pair.name(), pair.value());
        continue;
      }
      String key = pair.name().substring(colon + 1);
      for (String level : pair.name().substring(0, colon).split(",", -1)) {
        Matcher matcher = LEVEL.matcher(level);
        if (!matcher.matches() || key.isEmpty()) {
          throw new UsageException(
              "--annotation "
                  + text
                  + ": "
                  + level
                  + " is none of manifest, index, manifest-descriptor and index-descriptor");
        }
        annotations.put("annotation-" + level + "." + key, pair.value());
      }
    }
    return annotations;
  }
}
