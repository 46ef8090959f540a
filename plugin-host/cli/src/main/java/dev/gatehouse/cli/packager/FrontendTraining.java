package dev.gatehouse.cli.packager;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendMain;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.server.GatewayService;
import dev.gatehouse.frontend.transport.RpcServer;
import dev.gatehouse.frontend.transport.StreamSocket;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.testkit.InMemoryGateway;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Runs a frontend as an image would, over the standard streams of a process, against a gateway in
 * memory: shows that it starts at all, and tells which classes it loads.
 *
 * <p>Every image exists there, with a configuration of nothing but a path.
 */
final class FrontendTraining {
  private static final int LIMIT_SECONDS = 60;

  private static final String WORKERS =
      """
      [{"ID":"training","Labels":{"org.mobyproject.buildkit.worker.executor":"oci"},\
      "Platforms":[{"architecture":"%s","os":"linux"}]}]\
      """
          .formatted(Platform.host().architecture());

  private final Path java;
  private final Path jar;
  private final List<String> arguments;

  /**
   * @param arguments of the frontend's main class
   */
  FrontendTraining(Path java, Path jar, List<String> arguments) {
    this.java = java;
    this.jar = jar;
    this.arguments = arguments;
  }

  /**
   * Runs it once.
   *
   * @param context what the frontend finds as its local sources
   * @param classes the file that the list of loaded classes is written to
   * @return what the frontend said, for a run that failed
   * @throws PackagingException if it did not reach the gateway, or did not end
   */
  Optional<String> run(Path context, Map<String, String> options, Path classes)
      throws IOException, PackagingException, InterruptedException {
    Path log = Files.createTempFile("gatehouse-training", ".log");
    List<String> command = new ArrayList<>(List.of(java.toString()));
    command.addAll(ClassArchive.FLAGS);
    command.addAll(
        List.of(
            "-Xshare:auto",
            "-XX:DumpLoadedClassList=" + classes,
            "-cp",
            jar.toString(),
            FrontendMain.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> !name.equals("PATH"));
    int n = 0;
    for (Map.Entry<String, String> option : new TreeMap<>(options).entrySet()) {
      environment.put("BUILDKIT_FRONTEND_OPT_" + n++, option.getKey() + "=" + option.getValue());
    }
    environment.put("BUILDKIT_SESSION_ID", "training");
    environment.put("BUILDKIT_EXPORTEDPRODUCT", "gatehouse");
    environment.put("BUILDKIT_WORKERS", WORKERS);
    InMemoryGateway gateway =
        InMemoryGateway.builder(context)
            .options(options)
            .sessionId("training")
            .images((reference, how) -> Optional.of(image(reference)))
            .build();
    Process process = builder.start();
    try (GatewayService service = new GatewayService(gateway);
        RpcServer server =
            RpcServer.start(
                new StreamSocket(process.getInputStream(), process.getOutputStream()),
                List.of(service.rpc()))) {
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new PackagingException(
            "the frontend did not end within " + LIMIT_SECONDS + " s on " + context);
      }
      String said = Files.readString(log, StandardCharsets.UTF_8).strip();
      if (!service.returned()) {
        throw new PackagingException(
            "the frontend ended with exit code %s and returned nothing%s"
                .formatted(process.exitValue(), said.isEmpty() ? "" : ":\n" + said));
      }
      service.result();
      return Optional.empty();
    } catch (FrontendException e) {
      return Optional.of(e.getMessage());
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(log);
    }
  }

  private static ResolvedImage image(String reference) {
    Platform platform = Platform.host();
    String config =
        new String(ImageConfig.empty(platform).toBytes(), StandardCharsets.UTF_8)
            .replaceFirst(
                "\"config\":\\{\\}",
                "\"config\":{\"Env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"]}");
    return new ResolvedImage(
        reference,
        Digest.sha256("gatehouse-training:" + reference).toString(),
        config.getBytes(StandardCharsets.UTF_8));
  }
}
