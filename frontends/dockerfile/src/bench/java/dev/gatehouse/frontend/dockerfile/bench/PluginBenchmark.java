package dev.gatehouse.frontend.dockerfile.bench;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.dockerfile.DockerfileFrontend;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.testkit.InMemoryGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a build pays for its frontend when that is a plugin: a Dockerfile of forty lines, warm, over
 * the gateway's own server, client and messages, no process anywhere. At most 2,000 microseconds.
 */
public class PluginBenchmark extends WarmSamples {
  private static final int LINES = 40;

  private final DockerfileFrontend frontend = new DockerfileFrontend();
  private Path folder = Path.of("");
  private InMemoryGateway gateway = InMemoryGateway.builder().build();

  /** Made by JMH. */
  public PluginBenchmark() {}

  /** Writes the file. */
  @Setup
  public void write() throws IOException {
    StringBuilder text = new StringBuilder("FROM debian:bookworm-slim AS build\nWORKDIR /src\n");
    for (int line = 3; line < LINES; line++) {
      text.append(
          switch (line % 4) {
            case 0 -> "ENV NAME" + line + "=value-" + line + "\n";
            case 1 -> "COPY part" + line + " /src/part" + line + "\n";
            case 2 -> "ARG OPTION" + line + "=${NAME4:-none}\n";
            default -> "RUN make -C /src part" + line + " OPTION=$OPTION6\n";
          });
    }
    text.append("CMD [\"/src/run\"]\n");
    folder = Files.createTempDirectory("gatehouse-bench");
    Files.writeString(folder.resolve("Dockerfile"), text);
    gateway =
        InMemoryGateway.builder(folder)
            .images((name, options) ->
                Optional.of(
                    new ResolvedImage(
                        name,
                        Digest.sha256(name).toString(),
                        ImageConfig.empty(Platform.LINUX_AMD64).toBytes())))
            .build();
  }

  /** Removes it. */
  @TearDown
  public void delete() throws IOException {
    Files.delete(folder.resolve("Dockerfile"));
    Files.delete(folder);
  }

  /** A build's conversion, all calls to the gateway included. */
  @Benchmark
  public Result convert() throws FrontendException, InterruptedException {
    Result result = gateway.build(frontend);
    gateway.clear();
    return result;
  }
}
