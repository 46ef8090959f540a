package dev.gatehouse.cli.build;

import dev.gatehouse.cli.option.Arguments;
import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.CacheOption;
import dev.gatehouse.client.SecretSource;
import dev.gatehouse.client.SshSource;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The command line of {@code gatehouse build}, in Docker's words and in buildctl's, as a request.
 * Closed when the build is over.
 */
public final class BuildArguments implements AutoCloseable {
  private static final String FRONTEND = "--frontend";
  private static final String DEFINITION = "--definition";

  private final CommandSpec spec;
  private final InputStream stdin;
  private final ContextArguments contexts;
  private final ResourceArguments resources;
  private final OutputArguments outputs;
  private final AttestationArguments attestations;

  private BuildArguments(CommandSpec spec, InputStream stdin, OutputStream stdout) {
    this.spec = spec;
    this.stdin = stdin;
    contexts = new ContextArguments(spec, stdin);
    spec.addOption(Options.value("STAGE", "Stage to build.", "--target"))
        .addOption(
            Options.values(
                "NAME=VALUE",
                "Build argument; without a value, that of the environment.",
                "--build-arg"))
        .addOption(Options.values("NAME=VALUE", "Label of the image.", "--label"))
        .addOption(Options.values("PLATFORM", "Platform to build for.", "--platform"))
        .addOption(Options.values("NAME=VALUE", "Option of the frontend.", "--opt"))
        .addOption(Options.values("NAME=DIR", "Directory for the frontend.", "--local"))
        .addOption(Options.values("NAME=DIR", "OCI layout for the frontend.", "--oci-layout"))
        .addOption(
            Options.values(
                "id=ID,src=FILE",
                "Secret for build steps; env=NAME takes it from the environment.",
                "--secret"))
        .addOption(Options.values("ID[=SOCKET]", "SSH agent for build steps.", "--ssh"))
        .addOption(Options.flag("Use no cache.", "--no-cache"))
        .addOption(Options.values("STAGES", "Use no cache for these stages.", "--no-cache-filter"))
        .addOption(Options.flag("Ask registries for newer images.", "--pull"))
        .addOption(
            Options.values(
                "ENTITLEMENT", "Entitlement: network.host, security.insecure.", "--allow"))
        .addOption(
            Options.values("type=TYPE,...", "Cache to import.", "--import-cache", "--cache-from"))
        .addOption(
            Options.values("type=TYPE,...", "Cache to export.", "--export-cache", "--cache-to"));
    outputs = new OutputArguments(spec, stdout);
    resources = new ResourceArguments(spec);
    attestations = new AttestationArguments(spec);
  }

  /** A command line that also says what builds: a frontend of the daemon, or a definition. */
  public static BuildArguments ofBuild(CommandSpec spec, InputStream stdin, OutputStream stdout) {
    BuildArguments arguments = new BuildArguments(spec, stdin, stdout);
    spec.addOption(
            Options.value(
                "NAME",
                "Frontend: the name of a plugin, or gateway.v0 (default: dockerfile.v0).",
                FRONTEND))
        .addOption(
            Options.value(
                "FILE",
                "LLB to solve instead of a frontend; - reads it from standard input.",
                DEFINITION));
    return arguments;
  }

  /** A command line for a frontend of this process. */
  public static BuildArguments ofFrontend(
      CommandSpec spec, InputStream stdin, OutputStream stdout) {
    return new BuildArguments(spec, stdin, stdout);
  }

  /** The frontend of the daemon that builds. */
  public String frontend() {
    return Options.get(spec, FRONTEND, "dockerfile.v0");
  }

  /** The request that the command line stands for. */
  public BuildRequest request() throws UsageException, IOException {
    BuildRequest.Builder request = BuildRequest.builder();
    boolean inDaemon = spec.findOption(FRONTEND) != null;
    String definition = inDaemon ? Options.get(spec, DEFINITION) : null;
    if (definition != null) {
      request.definition(definition(definition));
    } else {
      if (inDaemon) {
        request.frontend(frontend());
      }
      frontendOptions(request);
    }
    sources(request);
    outputs.addTo(request);
    for (String cache : Options.all(spec, "--import-cache")) {
      request.cacheImport(cache("--import-cache", cache));
    }
    for (String cache : Options.all(spec, "--export-cache")) {
      request.cacheExport(cache("--export-cache", cache));
    }
    return request.build();
  }

  /** The same for a question to the frontend: what is asked of is told, nothing is built. */
  public BuildRequest question() throws UsageException, IOException {
    BuildRequest.Builder request = BuildRequest.builder();
    frontendOptions(request);
    sources(request);
    return request.internal(true).build();
  }

  /** What the build may take from this machine. */
  private void sources(BuildRequest.Builder request) throws UsageException {
    for (String local : Options.all(spec, "--local")) {
      Arguments.Pair pair = Arguments.pair("--local", local);
      request.localDirectory(pair.name(), ContextArguments.directory("--local", pair.value()));
    }
    for (String layout : Options.all(spec, "--oci-layout")) {
      Arguments.Pair pair = Arguments.pair("--oci-layout", layout);
      request.ociLayout(pair.name(), ContextArguments.directory("--oci-layout", pair.value()));
    }
    for (String secret : Options.all(spec, "--secret")) {
      request.secret(secret(secret));
    }
    for (String ssh : Options.all(spec, "--ssh")) {
      request.sshAgent(ssh(ssh));
    }
    Options.all(spec, "--allow").forEach(request::entitlement);
    Path dockerConfig = dockerConfig();
    if (dockerConfig != null) {
      request.dockerConfig(dockerConfig);
    }
  }

  private void frontendOptions(BuildRequest.Builder request) throws UsageException, IOException {
    contexts.addTo(request);
    resources.addTo(request);
    attestations.addTo(request);
    for (String argument : Options.all(spec, "--build-arg")) {
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
    for (String label : Options.all(spec, "--label")) {
      int equals = label.indexOf('=');
      request.frontendOption(
          "label:" + (equals < 0 ? label : label.substring(0, equals)),
          equals < 0 ? "" : label.substring(equals + 1));
    }
    List<String> platforms = Options.all(spec, "--platform");
    if (!platforms.isEmpty()) {
      request.frontendOption("platform", String.join(",", platforms));
    }
    String target = Options.get(spec, "--target");
    if (target != null) {
      request.frontendOption("target", target);
    }
    if (Options.isSet(spec, "--no-cache")) {
      request.frontendOption("no-cache", "");
    } else if (!Options.all(spec, "--no-cache-filter").isEmpty()) {
      request.frontendOption("no-cache", String.join(",", Options.all(spec, "--no-cache-filter")));
    }
    if (Options.isSet(spec, "--pull")) {
      request.frontendOption("image-resolve-mode", "pull");
    }
    for (String option : Options.all(spec, "--opt")) {
      int equals = option.indexOf('=');
      request.frontendOption(
          equals < 0 ? option : option.substring(0, equals),
          equals < 0 ? "" : option.substring(equals + 1));
    }
  }

  private Definition definition(String file) throws UsageException, IOException {
    byte[] bytes = file.equals("-") ? stdin.readAllBytes() : Files.readAllBytes(Path.of(file));
    try {
      return Definition.parse(bytes);
    } catch (LlbException e) {
      throw new UsageException("--definition " + file + ": " + e.getMessage());
    }
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
    String socket = equals < 0 ? Options.environment("SSH_AUTH_SOCK") : text.substring(equals + 1);
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
  public List<Path> destinations() throws UsageException {
    List<Path> destinations = new ArrayList<>(outputs.destinations());
    for (String text : Options.all(spec, "--export-cache")) {
      String path = cache("--export-cache", text).attributes().get("dest");
      if (path != null) {
        destinations.add(Path.of(path).toAbsolutePath().normalize());
      }
    }
    return destinations;
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
    String configured = Options.environment("DOCKER_CONFIG");
    Path directory =
        configured == null
            ? Path.of(System.getProperty("user.home"), ".docker")
            : Path.of(configured);
    return Files.isRegularFile(directory.resolve("config.json")) ? directory : null;
  }

  @Override
  public void close() throws IOException {
    contexts.close();
  }
}
