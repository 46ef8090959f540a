package dev.gatehouse.host;

import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.WorkerInfo;
import dev.gatehouse.frontend.server.GatewayService;
import dev.gatehouse.frontend.transport.RpcServer;
import dev.gatehouse.frontend.transport.StreamSocket;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.exec.ContainerFile;
import dev.gatehouse.solver.exec.ContainerProcess;
import dev.gatehouse.solver.exec.ExitStatus;
import dev.gatehouse.solver.exec.NetworkMode;
import dev.gatehouse.solver.exec.OutputSink;
import dev.gatehouse.solver.exec.SecurityMode;
import dev.gatehouse.solver.worker.exec.GatewayContainer;
import java.io.IOException;
import java.io.InputStream;
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
  private static final String METADATA = "/run/config/buildkit/metadata/frontend.bin";
  private static final int METADATA_MODE = 0400;
  private static final String NO_FRONTEND =
      "it seems to be no BuildKit frontend: the # syntax= line or the option source must name one";

  /** Images of docker/dockerfile 1.1 that take inputs and were built before labels said so. */
  private static final Set<String> KNOWN_TO_TAKE_INPUTS =
      Set.of(
          "sha256:9ac1c43a60e31dca741a6fe8314130a9cd4c4db0311fbbc636ff992ef60ae76d",
          "sha256:080bd74d8778f83e7b670de193362d8c593c8b14f5c8fb919d28ee8feda0d069",
          "sha256:60543a9d92b92af5088fb2938fb09b2072684af8384399e153e137fe081f8ab4",
          "sha256:de85b2f3a3e8a2f7fe48e8e84a65f6fdd5cd5183afa6412fff9caa6871649c44");

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
    FrontendImage image = new FrontendImage.Finder(build, request, source).find();
    checkCapabilities(image);
    SolvedReference root = build.reference(image.definition(), request.sourcePolicies());
    GatewayContainer.MountRequest mount =
        new GatewayContainer.MountRequest(
            Mount.newBuilder().setDest("/").build().toByteArray(), root.result().reference());
    ContainerFile metadata =
        new ContainerFile(METADATA, image.definition().toBytes(), 0, 0, METADATA_MODE);
    try (GatewayService service = new GatewayService(gateway);
        StepLog log = new StepLog(build.progress(), "frontend " + image.name());
        GatewayContainer container =
            GatewayContainer.open(
                build.build().worker().services().exec(),
                new GatewayContainer.Request(
                    "", List.of(mount), network(image.config()), "", List.of(), List.of(metadata)),
                build.build().request().sessions())) {
      return serve(image, service, log, container);
    } catch (SolveException e) {
      throw Failures.of(e, null);
    } catch (IOException e) {
      throw Failures.of(e);
    }
  }

  private void checkCapabilities(FrontendImage image) throws FrontendException {
    Set<String> offered =
        capabilities(image.config().labels().getOrDefault("moby.buildkit.frontend.caps", ""));
    if (KNOWN_TO_TAKE_INPUTS.contains(image.digest())) {
      offered.add(FRONTEND_INPUTS);
    }
    Set<String> required = capabilities(request.options().getOrDefault("frontend.caps", ""));
    if (!request.inputs().isEmpty()) {
      required.add(FRONTEND_INPUTS);
    }
    for (String capability : required) {
      if (!offered.contains(capability)) {
        throw FrontendException.unsupportedFrontendCapability(capability).toBuilder()
            .hint(
                "frontend image %s does not name it in its label moby.buildkit.frontend.caps: its author must add it, or the build do without"
                    .formatted(image.name()))
            .detail(new ErrorDetail.Frontend(FrontendHost.GATEWAY, source))
            .build();
      }
    }
  }

  private static Set<String> capabilities(String text) {
    return Arrays.stream(text.split(","))
        .map(String::strip)
        .filter(c -> !c.isEmpty())
        .map(c -> c.endsWith("+forward") ? c.substring(0, c.length() - "+forward".length()) : c)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static NetworkMode network(ContainerConfig config) {
    String none = config.labels().getOrDefault("moby.buildkit.frontend.network.none", "");
    return List.of("1", "t", "T", "true", "TRUE", "True").contains(none)
        ? NetworkMode.NONE
        : NetworkMode.DEFAULT;
  }

  private GatewayContainer.ProcessRequest process(
      ContainerConfig config, InputStream input, OutputSink output, StepLog log) {
    return new GatewayContainer.ProcessRequest(
        config.entrypoint().isEmpty() ? List.of("/run") : config.entrypoint(),
        environment(config),
        List.of(),
        config.workingDir(),
        "",
        false,
        SecurityMode.SANDBOX,
        true,
        Optional.of(input),
        output,
        log::write);
  }

  private Result serve(
      FrontendImage image, GatewayService service, StepLog log, GatewayContainer container)
      throws FrontendException, SolveException, IOException, InterruptedException {
    BytePipe toFrontend = new BytePipe();
    BytePipe fromFrontend = new BytePipe();
    Preface preface = new Preface();
    OutputSink output =
        (data, offset, length) -> {
          if (preface.accept(data, offset, length)) {
            fromFrontend.output().write(data, offset, length);
          } else {
            throw new IOException("standard output carries no HTTP/2");
          }
        };
    ContainerProcess process =
        container.start(process(image.config(), toFrontend.input(), output, log));
    AtomicReference<@Nullable ExitStatus> exit = new AtomicReference<>();
    AtomicReference<@Nullable IOException> unstarted = new AtomicReference<>();
    CountDownLatch ended = new CountDownLatch(1);
    Thread.startVirtualThread(() -> watch(process, exit, unstarted, ended, fromFrontend));
    Duration patience = build.host().options().startPatience();
    long deadline = System.nanoTime() + patience.toNanos();
    boolean silent = false;
    StreamSocket socket = new StreamSocket(fromFrontend.input(), toFrontend.output());
    try (RpcServer server = RpcServer.start(socket, List.of(service.rpc()))) {
      while (ended.getCount() > 0 && !service.returned() && preface.isGood() && !silent) {
        ended.await(20, TimeUnit.MILLISECONDS);
        silent = !preface.isWhole() && System.nanoTime() > deadline;
      }
      if (service.returned()) {
        ended.await(GRACE.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
    ExitStatus status = exit.get();
    if (service.returned()) {
      Result result = service.result();
      if (status != null && !status.isSuccess()) {
        throw failure(image, "failed: exit code: " + status.code())
            .detail(new ErrorDetail.Exit(status.code()))
            .build();
      }
      return result;
    }
    IOException cause = unstarted.get();
    if (preface.isGood() && cause != null) {
      throw unstartable(image, cause);
    } else if (preface.isGood() && silent) {
      throw failure(image, "did not speak to the build server within " + seconds(patience))
          .code("frontend.silent")
          .hint(NO_FRONTEND)
          .build();
    }
    throw returnedNothing(image, preface, status == null ? 255 : status.code(), log.lastLine());
  }

  /** What is wrong with a frontend that ended, by what it had said on its standard output. */
  private FrontendException returnedNothing(
      FrontendImage image, Preface preface, int code, String last) {
    if (!preface.isGood()) {
      return failure(
              image,
              "writes text to its standard output, which is its connection to the build server: \""
                  + preface.text()
                  + "\"")
          .code("frontend.stdout")
          .hint("its author must send logs to standard error, or it is no frontend")
          .build();
    }
    return failure(
            image,
            "ended with exit code "
                + code
                + " and returned nothing"
                + (last.isEmpty() ? "" : ": " + last))
        .code("frontend.no-result")
        .hint(
            preface.isWhole()
                ? "its author must let it call Return before it ends; its output is above"
                : NO_FRONTEND)
        .build();
  }

  private FrontendException unstartable(FrontendImage image, IOException cause) {
    if (image.config().entrypoint().isEmpty()) {
      return failure(image, "has neither an entrypoint nor a program /run")
          .code("frontend.start")
          .hint(NO_FRONTEND)
          .cause(cause)
          .build();
    }
    return failure(image, "cannot be started: " + cause.getMessage())
        .code("frontend.start")
        .hint("its author must mend its entrypoint")
        .cause(cause)
        .build();
  }

  private static String seconds(Duration duration) {
    return duration.toSeconds() + " s";
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

  private FrontendException.Builder failure(FrontendImage image, String what) {
    return FrontendException.builder(
            Category.USER, "frontend image %s %s".formatted(image.name(), what))
        .detail(new ErrorDetail.Frontend(FrontendHost.GATEWAY, source));
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

    /** Whether all of it has come. */
    synchronized boolean isWhole() {
      return matched == EXPECTED.length;
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
