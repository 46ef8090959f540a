package dev.gatehouse.solver.worker.registry;

import dev.gatehouse.solver.worker.TestMachine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Debian's docker-registry on a free port of this machine, until closed. */
public final class DockerRegistry implements AutoCloseable {
  private final Process process;
  private final int port;

  private DockerRegistry(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** What a registry demands and how it speaks. */
  public record Settings(Optional<Path> htpasswd, Optional<Path> certificate, Optional<Path> key) {
    public static final Settings OPEN =
        new Settings(Optional.empty(), Optional.empty(), Optional.empty());
  }

  public static DockerRegistry start(Path directory, Settings settings)
      throws IOException, InterruptedException {
    Path binary = TestMachine.program("docker-registry");
    int port;
    try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = s.getLocalPort();
    }
    Files.createDirectories(directory);
    StringBuilder config = new StringBuilder();
    config.append("version: 0.1\nlog: {level: error}\nstorage:\n  filesystem: {rootdirectory: ");
    config
        .append(directory.resolve("data"))
        .append("}\nhttp:\n  addr: 127.0.0.1:")
        .append(port)
        .append('\n');
    if (settings.certificate().isPresent()) {
      config.append("  tls: {certificate: ").append(settings.certificate().get());
      config.append(", key: ").append(settings.key().orElseThrow()).append("}\n");
    }
    settings
        .htpasswd()
        .ifPresent(
            p -> config.append("auth:\n  htpasswd: {realm: test, path: ").append(p).append("}\n"));
    Path file = Files.writeString(directory.resolve("config.yml"), config);
    Process process =
        new ProcessBuilder(binary.toString(), "serve", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    DockerRegistry registry = new DockerRegistry(process, port);
    for (int i = 0; i < 1200; i++) {
      try (Socket s = new Socket()) {
        s.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
        return registry;
      } catch (IOException e) {
        Thread.sleep(50);
      }
    }
    registry.close();
    throw new IOException(
        "docker-registry does not start: " + Files.readString(directory.resolve("log")));
  }

  public String host() {
    return "localhost:" + port;
  }

  public int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
