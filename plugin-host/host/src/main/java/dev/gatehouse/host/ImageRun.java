package dev.gatehouse.host;

import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.WorkerInfo;
import dev.gatehouse.frontend.server.GatewayService;
import dev.gatehouse.frontend.transport.RpcServer;
import dev.gatehouse.frontend.transport.StreamSocket;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.exec.ContainerProcess;
import dev.gatehouse.solver.exec.ExitStatus;
import dev.gatehouse.solver.exec.NetworkMode;
import dev.gatehouse.solver.exec.SecurityMode;
import dev.gatehouse.solver.worker.exec.GatewayContainer;
import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.source.ResolveOptions;
import dev.gatehouse.solver.worker.source.SourceMetadata;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One run of a frontend that is an image: its process speaks the gateway protocol as HTTP/2 over
 * its standard streams. What it writes to standard error becomes the log of a step of its own.
 */
final class ImageRun {
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final String FRONTEND_INPUTS = "moby.buildkit.frontend.inputs";

  private final HostedBuild build;
  private final FrontendRequest request;
  private final String source;
  private final BuildGateway gateway;

  ImageRun(HostedBuild build, FrontendRequest request, String source, BuildGateway gateway) {
    this.build = build;
    this.request = request;
    this.source = source;
    this.gateway = gateway;
  }

  Result run() throws FrontendException, InterruptedException {
    ImageName name;
    try {
      name = ImageName.parse(source);
    } catch (IllegalArgumentException e) {
      throw failure(
              Category.USER, "frontend \"" + source + "\" is no image name: " + e.getMessage())
          .cause(e)
          .build();
    }
    SourceMetadata.Image image = resolve(name);
    checkAllowed(name, image.digest().toString());
    ImageConfig config;
    try {
      config = ImageConfig.parse(image.config());
    } catch (RuntimeException e) {
      throw failure(
              Category.USER,
              "the configuration of frontend image " + name + " cannot be read: " + e.getMessage())
          .cause(e)
          .build();
    }
    checkCapabilities(config.config());
    Definition definition =
        ImageSource.of(name.withDigest(image.digest()).toString())
            .internal()
            .state()
            .marshal(MarshalOptions.defaults());
    SolvedReference root = build.reference(definition, request.sourcePolicies());
    GatewayContainer.MountRequest mount =
        new GatewayContainer.MountRequest(
            Mount.newBuilder().setDest("/").build().toByteArray(), root.result().reference());
    try (GatewayService service = new GatewayService(gateway);
        StepLog log = new StepLog(build.build().request().progress(), "frontend " + name);
        GatewayContainer container =
            GatewayContainer.open(
                build.build().worker().services().exec(),
                new GatewayContainer.Request(
                    "", List.of(mount), network(config.config()), "", List.of()),
                build.build().request().sessions())) {
      return serve(name, config.config(), service, log, container);
    } catch (SolveException e) {
      throw Failures.of(e, null);
    } catch (IOException e) {
      throw Failures.of(e);
    }
  }

  private SourceMetadata.Image resolve(ImageName name)
      throws FrontendException, InterruptedException {
    try {
      SourceMetadata found =
          build
              .build()
              .resolve(
                  "docker-image://" + name,
                  Map.of(),
                  Optional.empty(),
                  ResolveOptions.DEFAULT,
                  "resolve image config for docker-image://" + name);
      if (found.details() instanceof SourceMetadata.Image image) {
        return image;
      }
      throw failure(Category.USER, "frontend " + found.identifier() + " is no image").build();
    } catch (SolveException e) {
      throw Failures.of(e, null);
    } catch (IOException e) {
      throw Failures.of(e);
    }
  }

  private void checkAllowed(ImageName name, String digest) throws FrontendException {
    List<String> allowed = build.host().options().allowedRepositories();
    String repository = name.repository();
    if (!allowed.isEmpty()
        && !allowed.contains(repository)
        && !allowed.contains(repository + "@" + digest)) {
      throw failure(Category.ENVIRONMENT, "'" + source + "' is not an allowed gateway source")
          .status(StatusCode.PERMISSION_DENIED)
          .code("frontend.not-allowed")
          .hint(
              "frontend.\"gateway.v0\".allowedRepositories in buildkitd.toml says what may be used")
          .build();
    }
  }

  private void checkCapabilities(ContainerConfig config) throws FrontendException {
    Set<String> offered =
        capabilities(config.labels().getOrDefault("moby.buildkit.frontend.caps", ""));
    Set<String> required = capabilities(request.options().getOrDefault("frontend.caps", ""));
    if (!request.inputs().isEmpty()) {
      required = new TreeSet<>(required);
      required.add(FRONTEND_INPUTS);
    }
    for (String capability : required) {
      if (!offered.contains(capability)) {
        throw FrontendException.unsupportedFrontendCapability(capability);
      }
    }
  }

  private static Set<String> capabilities(String text) {
    return Arrays.stream(text.split(","))
        .map(String::strip)
        .filter(c -> !c.isEmpty())
        .map(c -> c.endsWith("+forward") ? c.substring(0, c.length() - "+forward".length()) : c)
        .collect(Collectors.toSet());
  }

  private static NetworkMode network(ContainerConfig config) {
    String none = config.labels().getOrDefault("moby.buildkit.frontend.network.none", "");
    return List.of("1", "t", "T", "true", "TRUE", "True").contains(none)
        ? NetworkMode.NONE
        : NetworkMode.DEFAULT;
  }

  private Result serve(
      ImageName name,
      ContainerConfig config,
      GatewayService service,
      StepLog log,
      GatewayContainer container)
      throws FrontendException, SolveException, IOException, InterruptedException {
    BytePipe toFrontend = new BytePipe();
    BytePipe fromFrontend = new BytePipe();
    Preface preface = new Preface();
    ContainerProcess process =
        container.start(
            new GatewayContainer.ProcessRequest(
                config.entrypoint().isEmpty() ? List.of("/run") : config.entrypoint(),
                environment(config),
                List.of(),
                config.workingDir(),
                config.user(),
                false,
                SecurityMode.SANDBOX,
                true,
                Optional.of(toFrontend.input()),
                (data, offset, length) -> {
                  if (preface.accept(data, offset, length)) {
                    fromFrontend.output().write(data, offset, length);
                  } else {
                    throw new IOException("standard output carries no HTTP/2");
                  }
                },
                log::write));
    AtomicReference<@Nullable ExitStatus> exit = new AtomicReference<>();
    AtomicReference<@Nullable IOException> unstarted = new AtomicReference<>();
    CountDownLatch ended = new CountDownLatch(1);
    Thread.startVirtualThread(() -> watch(process, exit, unstarted, ended, fromFrontend));
    StreamSocket socket = new StreamSocket(fromFrontend.input(), toFrontend.output());
    try (RpcServer server = RpcServer.start(socket, List.of(service.rpc()))) {
      while (ended.getCount() > 0 && !service.returned() && preface.isGood()) {
        ended.await(20, TimeUnit.MILLISECONDS);
      }
      if (service.returned()) {
        ended.await(GRACE.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
    if (!preface.isGood()) {
      throw failure(
              Category.USER,
              "frontend image "
                  + name
                  + " writes text to its standard output, which is its connection to the build"
                  + " server: \""
                  + preface.text()
                  + "\"")
          .code("frontend.stdout")
          .hint("its author must send logs to standard error")
          .build();
    }
    IOException cause = unstarted.get();
    if (cause != null && !service.returned()) {
      throw failure(
              Category.USER, "frontend image " + name + " cannot be started: " + cause.getMessage())
          .code("frontend.start")
          .cause(cause)
          .build();
    }
    ExitStatus status = exit.get();
    if (!service.returned()) {
      String last = log.lastLine();
      throw failure(
              Category.USER,
              "frontend image "
                  + name
                  + " ended with exit code "
                  + (status == null ? 255 : status.code())
                  + " without a result"
                  + (last.isEmpty() ? "" : ": " + last))
          .code("frontend.no-result")
          .hint("is this image a BuildKit frontend? Its output is above")
          .build();
    }
    Result result = service.result();
    if (status != null && !status.isSuccess()) {
      throw failure(
              Category.USER, "frontend image " + name + " failed: exit code: " + status.code())
          .detail(new ErrorDetail.Exit(status.code()))
          .build();
    }
    return result;
  }

  private static void watch(
      ContainerProcess process,
      AtomicReference<@Nullable ExitStatus> exit,
      AtomicReference<@Nullable IOException> unstarted,
      CountDownLatch ended,
      BytePipe fromFrontend) {
    try {
      exit.set(process.await());
    } catch (IOException e) {
      unstarted.set(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      try {
        fromFrontend.output().close();
      } catch (IOException e) {
        unstarted.compareAndSet(null, e);
      }
      ended.countDown();
    }
  }

  private List<String> environment(ContainerConfig config) {
    List<String> environment = new ArrayList<>(config.env());
    int i = 0;
    for (Map.Entry<String, String> option : new TreeMap<>(request.options()).entrySet()) {
      environment.add(
          "BUILDKIT_FRONTEND_OPT_" + i++ + "=" + option.getKey() + "=" + option.getValue());
    }
    environment.add("BUILDKIT_SESSION_ID=" + build.sessionId());
    environment.add("BUILDKIT_WORKERS=" + workers());
    environment.add("BUILDKIT_EXPORTEDPRODUCT=" + build.host().options().product());
    return environment;
  }

  private String workers() {
    List<Object> all = new ArrayList<>();
    for (WorkerInfo worker : build.workers()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("ID", worker.id());
      one.put("Labels", worker.labels());
      List<Object> platforms = new ArrayList<>();
      worker
          .platforms()
          .forEach(p -> {
            Map<String, Object> platform = new LinkedHashMap<>();
            platform.put("architecture", p.architecture());
            platform.put("os", p.os());
            if (!p.variant().isEmpty()) {
              platform.put("variant", p.variant());
            }
            platforms.add(platform);
          });
      one.put("Platforms", platforms);
      all.add(one);
    }
    return Json.write(all);
  }

  private FrontendException.Builder failure(Category category, String message) {
    return FrontendException.builder(category, message)
        .detail(new ErrorDetail.Frontend("gateway.v0", source));
  }

  /**
   * The first bytes of an HTTP/2 client: tells a frontend from a program that prints. Guarded by
   * itself.
   */
  private static final class Preface {
    private static final byte[] EXPECTED =
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final StringBuilder seen = new StringBuilder();
    private int matched;
    private boolean bad;

    synchronized boolean accept(byte[] data, int offset, int length) {
      for (int i = 0; i < length && matched < EXPECTED.length && !bad; i++) {
        seen.append((char) (data[offset + i] & 0xff));
        if (data[offset + i] == EXPECTED[matched]) {
          matched++;
        } else {
          bad = true;
        }
      }
      if (bad && seen.length() < 200) {
        String rest = new String(data, offset, length, StandardCharsets.UTF_8);
        seen.setLength(Math.min(seen.length(), matched));
        seen.append(rest.substring(Math.min(matched, rest.length())));
      }
      return !bad;
    }

    synchronized boolean isGood() {
      return !bad;
    }

    synchronized String text() {
      String line = seen.toString().lines().findFirst().orElse("").strip();
      return line.length() > 100 ? line.substring(0, 100) + "…" : line;
    }
  }
}
