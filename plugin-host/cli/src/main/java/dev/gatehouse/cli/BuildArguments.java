package dev.gatehouse.cli;

import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.CacheOption;
import dev.gatehouse.client.Export;
import dev.gatehouse.client.SecretSource;
import dev.gatehouse.client.SshSource;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The command line of {@code gatehouse build}, in Docker's words and in buildctl's, as a request.
 */
final class BuildArguments {
  private static final Pattern REMOTE =
      Pattern.compile("https?://.*|git://.*|ssh://.*|git@.*|github\\.com/.*");

  private static final String FRONTEND = "--frontend";
  private static final String DEFINITION = "--definition";

  private final CommandSpec spec;
  private final OutputStream stdout;

  private BuildArguments(CommandSpec spec, OutputStream stdout) {
    this.spec = spec;
    this.stdout = stdout;
    spec.addOption(
            Commands.value("FILE", "Dockerfile (default: CONTEXT/Dockerfile).", "-f", "--file"))
        .addOption(Commands.value("STAGE", "Stage to build.", "--target"))
        .addOption(
            Commands.values(
                "NAME=VALUE",
                "Build argument; without a value, that of the environment.",
                "--build-arg"))
        .addOption(Commands.values("NAME=VALUE", "Label of the image.", "--label"))
        .addOption(Commands.values("PLATFORM", "Platform to build for.", "--platform"))
        .addOption(
            Commands.values(
                "NAME=SOURCE",
                "Further named context: a directory, URL, docker-image:// or oci-layout://.",
                "--build-context"))
        .addOption(Commands.values("NAME=VALUE", "Option of the frontend.", "--opt"))
        .addOption(Commands.values("NAME=DIR", "Directory for the frontend.", "--local"))
        .addOption(Commands.values("NAME=DIR", "OCI layout for the frontend.", "--oci-layout"))
        .addOption(
            Commands.values(
                "id=ID,src=FILE",
                "Secret for build steps; env=NAME takes it from the environment.",
                "--secret"))
        .addOption(Commands.values("ID[=SOCKET]", "SSH agent for build steps.", "--ssh"))
        .addOption(
            Commands.values(
                "type=TYPE,...",
                "Where the result goes: image, oci, docker, local, tar with dest=; a bare DIR means"
                    + " local.",
                "-o",
                "--output"))
        .addOption(Commands.values("NAME", "Name of the image.", "-t", "--tag"))
        .addOption(Commands.flag("Push the image.", "--push"))
        .addOption(Commands.flag("Use no cache.", "--no-cache"))
        .addOption(Commands.values("STAGES", "Use no cache for these stages.", "--no-cache-filter"))
        .addOption(Commands.flag("Ask registries for newer images.", "--pull"))
        .addOption(
            Commands.value("MODE", "Network of RUN steps: default, host, none.", "--network"))
        .addOption(Commands.values("NAME:IP", "Further line of /etc/hosts.", "--add-host"))
        .addOption(
            Commands.values(
                "ENTITLEMENT", "Entitlement: network.host, security.insecure.", "--allow"))
        .addOption(
            Commands.values("type=TYPE,...", "Cache to import.", "--import-cache", "--cache-from"))
        .addOption(
            Commands.values("type=TYPE,...", "Cache to export.", "--export-cache", "--cache-to"));
    spec.addPositional(
        PositionalParamSpec.builder()
            .paramLabel("CONTEXT")
            .type(String.class)
            .arity("0..1")
            .description("Directory or URL that is built.")
            .build());
  }

  /** A command line that also says what builds: a frontend of the daemon, or a definition. */
  static BuildArguments ofBuild(CommandSpec spec, OutputStream stdout) {
    BuildArguments arguments = new BuildArguments(spec, stdout);
    spec.addOption(
            Commands.value(
                "NAME",
                "Frontend: the name of a plugin, or gateway.v0 (default: dockerfile.v0).",
                FRONTEND))
        .addOption(
            Commands.value(
                "FILE",
                "LLB to solve instead of a frontend; - reads it from standard input.",
                DEFINITION));
    return arguments;
  }

  /** A command line for a frontend of this process. */
  static BuildArguments ofFrontend(CommandSpec spec, OutputStream stdout) {
    return new BuildArguments(spec, stdout);
  }

  /** The request that the command line stands for. */
  BuildRequest request() throws UsageException, IOException {
    BuildRequest.Builder request = BuildRequest.builder();
    boolean inDaemon = spec.findOption(FRONTEND) != null;
    String definition = inDaemon ? Commands.get(spec, DEFINITION) : null;
    if (definition != null) {
      request.definition(definition(definition));
    } else {
      if (inDaemon) {
        request.frontend(Commands.get(spec, FRONTEND, "dockerfile.v0"));
      }
      context(request);
      frontendOptions(request);
    }
    for (String local : Commands.all(spec, "--local")) {
      Arguments.Pair pair = Arguments.pair("--local", local);
      request.localDirectory(pair.name(), directory("--local", pair.value()));
    }
    for (String layout : Commands.all(spec, "--oci-layout")) {
      Arguments.Pair pair = Arguments.pair("--oci-layout", layout);
      request.ociLayout(pair.name(), directory("--oci-layout", pair.value()));
    }
    for (String secret : Commands.all(spec, "--secret")) {
      request.secret(secret(secret));
    }
    for (String ssh : Commands.all(spec, "--ssh")) {
      request.sshAgent(ssh(ssh));
    }
    for (Export export : exports()) {
      request.export(export);
    }
    for (String cache : Commands.all(spec, "--import-cache")) {
      request.cacheImport(cache("--import-cache", cache));
    }
    for (String cache : Commands.all(spec, "--export-cache")) {
      request.cacheExport(cache("--export-cache", cache));
    }
    Commands.all(spec, "--allow").forEach(request::entitlement);
    Path dockerConfig = dockerConfig();
    if (dockerConfig != null) {
      request.dockerConfig(dockerConfig);
    }
    return request.build();
  }

  private void context(BuildRequest.Builder request) throws UsageException {
    String context = spec.positionalParameters().get(0).getValue();
    String file = Commands.get(spec, "--file");
    boolean bareFrontend = context == null && !Commands.all(spec, "--local").isEmpty();
    if (bareFrontend) {
      if (file != null) {
        request.frontendOption("filename", file);
      }
      return;
    }
    String place = context == null ? "." : context;
    if (place.equals("-")) {
      throw new UsageException(
          "a context on standard input is not available; name a directory or a URL");
    }
    if (REMOTE.matcher(place).matches()) {
      request.frontendOption("context", place);
      if (file != null) {
        request.frontendOption("filename", file);
      }
      return;
    }
    Path directory = directory("CONTEXT", place);
    request.localDirectory("context", directory);
    if (file == null) {
      request.localDirectory("dockerfile", directory);
      return;
    }
    Path dockerfile = Path.of(file).toAbsolutePath().normalize();
    if (!Files.isRegularFile(dockerfile)) {
      Path inside = directory.resolve(file).normalize();
      throw new UsageException(
          "--file "
              + file
              + " is no file"
              + (Files.isRegularFile(inside) ? "; did you mean " + inside + "?" : ""));
    }
    Path parent = dockerfile.getParent();
    request.localDirectory("dockerfile", parent == null ? Path.of("/") : parent);
    request.frontendOption("filename", String.valueOf(dockerfile.getFileName()));
  }

  private void frontendOptions(BuildRequest.Builder request) throws UsageException {
    for (String argument : Commands.all(spec, "--build-arg")) {
      int equals = argument.indexOf('=');
      if (equals >= 0) {
        request.frontendOption(
            "build-arg:" + argument.substring(0, equals), argument.substring(equals + 1));
      } else {
        String value = System.getenv(argument);
        if (value != null) {
          request.frontendOption("build-arg:" + argument, value);
        }
      }
    }
    for (String label : Commands.all(spec, "--label")) {
      int equals = label.indexOf('=');
      request.frontendOption(
          "label:" + (equals < 0 ? label : label.substring(0, equals)),
          equals < 0 ? "" : label.substring(equals + 1));
    }
    List<String> platforms = Commands.all(spec, "--platform");
    if (!platforms.isEmpty()) {
      request.frontendOption("platform", String.join(",", platforms));
    }
    for (String named : Commands.all(spec, "--build-context")) {
      Arguments.Pair pair = Arguments.pair("--build-context", named);
      buildContext(request, pair.name(), pair.value());
    }
    option(request, "target", "--target");
    option(request, "force-network-mode", "--network");
    List<String> hosts = new ArrayList<>();
    for (String host : Commands.all(spec, "--add-host")) {
      hosts.add(host.replaceFirst(":", "="));
    }
    if (!hosts.isEmpty()) {
      request.frontendOption("add-hosts", String.join(",", hosts));
    }
    if (Commands.isSet(spec, "--no-cache")) {
      request.frontendOption("no-cache", "");
    } else if (!Commands.all(spec, "--no-cache-filter").isEmpty()) {
      request.frontendOption("no-cache", String.join(",", Commands.all(spec, "--no-cache-filter")));
    }
    if (Commands.isSet(spec, "--pull")) {
      request.frontendOption("image-resolve-mode", "pull");
    }
    for (String option : Commands.all(spec, "--opt")) {
      int equals = option.indexOf('=');
      request.frontendOption(
          equals < 0 ? option : option.substring(0, equals),
          equals < 0 ? "" : option.substring(equals + 1));
    }
  }

  private void buildContext(BuildRequest.Builder request, String name, String source)
      throws UsageException {
    if (source.startsWith("oci-layout://")) {
      String layout = source.substring("oci-layout://".length());
      int end = Math.max(layout.lastIndexOf('@'), layout.lastIndexOf(':'));
      String path = end < 0 ? layout : layout.substring(0, end);
      String store = "context-" + name.replaceAll("[^A-Za-z0-9]", "-");
      request.ociLayout(store, directory("--build-context", path));
      request.frontendOption(
          "context:" + name, "oci-layout://" + store + (end < 0 ? "" : layout.substring(end)));
    } else if (source.contains("://") || REMOTE.matcher(source).matches()) {
      request.frontendOption("context:" + name, source);
    } else {
      String local = "context-" + name;
      request.localDirectory(local, directory("--build-context", source));
      request.frontendOption("context:" + name, "local:" + local);
    }
  }

  private void option(BuildRequest.Builder request, String name, String option) {
    String value = Commands.get(spec, option);
    if (value != null) {
      request.frontendOption(name, value);
    }
  }

  private Definition definition(String file) throws UsageException, IOException {
    byte[] bytes = file.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
    try {
      return Definition.parse(bytes);
    } catch (LlbException e) {
      throw new UsageException("--definition " + file + ": " + e.getMessage());
    }
  }

  private static Path directory(String option, String text) throws UsageException {
    Path path = Path.of(text);
    if (!Files.isDirectory(path)) {
      throw new UsageException(
          option + ": " + text + (Files.exists(path) ? " is no directory" : " does not exist"));
    }
    return path.toAbsolutePath().normalize();
  }

  private static SecretSource secret(String text) throws UsageException {
    Map<String, String> fields = Arguments.fields("--secret", text);
    String id = fields.getOrDefault("id", "");
    String source = fields.getOrDefault("src", fields.getOrDefault("source", ""));
    String environment = fields.getOrDefault("env", "");
    String type = fields.getOrDefault("type", "");
    if (type.equals("env") && environment.isEmpty()) {
      environment = source;
      source = "";
    }
    if (id.isEmpty()) {
      throw new UsageException("--secret needs an id: --secret id=NAME,src=FILE");
    }
    if (source.isEmpty() && environment.isEmpty()) {
      if (System.getenv(id) != null) {
        environment = id;
      } else {
        source = id;
      }
    }
    if (!environment.isEmpty()) {
      if (System.getenv(environment) == null) {
        throw new UsageException("--secret " + id + ": the environment has no " + environment);
      }
      return SecretSource.environment(id, environment);
    }
    if (!Files.isRegularFile(Path.of(source))) {
      throw new UsageException("--secret " + id + ": " + source + " is no file");
    }
    return SecretSource.file(id, Path.of(source).toAbsolutePath());
  }

  private static SshSource ssh(String text) throws UsageException {
    int equals = text.indexOf('=');
    String id = equals < 0 ? text : text.substring(0, equals);
    String socket =
        equals < 0 ? Installation.environment("SSH_AUTH_SOCK") : text.substring(equals + 1);
    if (socket == null || socket.isEmpty()) {
      throw new UsageException("--ssh " + id + ": SSH_AUTH_SOCK is not set and no socket is named");
    }
    if (Files.isRegularFile(Path.of(socket))) {
      throw new UsageException(
          "--ssh " + id + ": " + socket + " is a key; add it to an agent and name its socket");
    }
    return new SshSource(id, Path.of(socket), false);
  }

  /** The files and folders of this machine that the build writes, absolute and normalized. */
  List<Path> destinations() throws UsageException {
    List<Path> destinations = new ArrayList<>();
    for (String option : List.of("--output", "--export-cache")) {
      for (String text : Commands.all(spec, option)) {
        boolean bare = text.indexOf('=') < 0;
        String path = bare ? text : Arguments.fields(option, text).getOrDefault("dest", "-");
        if (!path.equals("-") && !(bare && option.equals("--export-cache"))) {
          destinations.add(Path.of(path).toAbsolutePath().normalize());
        }
      }
    }
    return destinations;
  }

  private List<Export> exports() throws UsageException {
    List<Export> exports = new ArrayList<>();
    String names = String.join(",", Commands.all(spec, "--tag"));
    boolean push = Commands.isSet(spec, "--push");
    for (String output : Commands.all(spec, "--output")) {
      exports.add(export(output, names, push));
    }
    if (exports.isEmpty() && (push || !names.isEmpty())) {
      Map<String, String> attributes = new LinkedHashMap<>();
      if (names.isEmpty()) {
        throw new UsageException("--push needs a name: --tag NAME");
      }
      attributes.put("name", names);
      if (push) {
        attributes.put("push", "true");
      }
      exports.add(Export.of("image", attributes));
    }
    return exports;
  }

  private Export export(String text, String names, boolean push) throws UsageException {
    if (text.equals("-")) {
      return Export.toFile("tar", Map.of(), metadata -> stdout);
    }
    if (text.indexOf('=') < 0 && text.indexOf(',') < 0) {
      return Export.toDirectory("local", Map.of(), Path.of(text).toAbsolutePath());
    }
    Map<String, String> attributes = Arguments.fields("--output", text);
    String type = attributes.remove("type");
    if (type == null) {
      throw new UsageException("--output needs a type: image, oci, docker, local or tar");
    }
    if (type.equals("registry")) {
      type = "image";
      attributes.put("push", "true");
    }
    if (!names.isEmpty() && !type.equals("local") && !type.equals("tar")) {
      attributes.putIfAbsent("name", names);
    }
    if (push && type.equals("image")) {
      attributes.putIfAbsent("push", "true");
    }
    String destination = attributes.remove("dest");
    try {
      if (destination == null) {
        if (type.equals("local")
            || type.equals("tar")
            || type.equals("oci")
            || type.equals("docker")) {
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

  private static CacheOption cache(String option, String text) throws UsageException {
    if (text.indexOf('=') < 0) {
      return new CacheOption("registry", Map.of("ref", text));
    }
    Map<String, String> attributes = Arguments.fields(option, text);
    String type = attributes.remove("type");
    if (type == null) {
      throw new UsageException(option + " needs a type: registry, local or inline");
    }
    return new CacheOption(type, attributes);
  }

  private static @Nullable Path dockerConfig() {
    String configured = Installation.environment("DOCKER_CONFIG");
    Path directory =
        configured == null
            ? Path.of(System.getProperty("user.home"), ".docker")
            : Path.of(configured);
    return Files.isRegularFile(directory.resolve("config.json")) ? directory : null;
  }
}
