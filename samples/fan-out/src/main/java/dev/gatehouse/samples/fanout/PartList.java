package dev.gatehouse.samples.fanout;

import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerMount;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.ProcessRequest;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.kit.FrontendOptions;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Asks a process for the parts of a project. */
final class PartList {
  private static final int MAX_BYTES = 64 << 10;

  private PartList() {}

  /**
   * Runs the list command in a container of the frontend, over the project's files.
   *
   * @return folders inside the project, sorted, so that the same parts give the same build
   * @throws FrontendException if the server runs no processes for frontends, the command fails, or
   *     prints what is no folder
   */
  static List<String> find(
      GatewayClient gateway, FrontendOptions options, Plan plan, State base, State project)
      throws FrontendException, InterruptedException {
    Output out = new Output();
    Output err = new Output();
    int code;
    try (Container container =
        gateway.newContainer(
            new ContainerRequest(
                List.of(
                    ContainerMount.bind("/", solve(gateway, base)),
                    ContainerMount.bindReadonly("/src", solve(gateway, project))),
                network(options),
                "",
                List.of(),
                null,
                List.of()))) {
      code =
          container
              .start(
                  ProcessRequest.builder("/bin/sh", "-c", plan.list().text())
                      .environment(base.env())
                      .directory("/src")
                      .stdout(out)
                      .stderr(err)
                      .build())
              .waitFor();
    } catch (FrontendException e) {
      throw e.toBuilder().source(plan.file(), Plan.ranges(plan.list())).build();
    }
    if (code != 0) {
      throw plan.fail(
          plan.list(),
          "the list ended with exit code " + code + (err.size() == 0 ? "" : ": " + err.text()),
          "it runs with /bin/sh in the base, in /src, where the context is");
    }
    List<String> parts =
        out.text().lines().filter(part -> !part.isBlank()).sorted().distinct().toList();
    if (parts.isEmpty()) {
      throw plan.fail(
          plan.list(), "the list is empty", "it prints the folder of a part on each line");
    }
    for (String part : parts) {
      if (!part.matches("[\\w.-]+(/[\\w.-]+)*") || List.of(part.split("/")).contains("..")) {
        throw plan.fail(
            plan.list(),
            "the list has \"" + part + "\"",
            "it prints folders below /src, such as a/b");
      }
    }
    return parts;
  }

  private static Reference solve(GatewayClient gateway, State state)
      throws FrontendException, InterruptedException {
    return gateway
        .solve(SolveRequest.of(state.marshal(MarshalOptions.defaults())))
        .singleReference();
  }

  private static ContainerRequest.Network network(FrontendOptions options) {
    return switch (options.networkMode()) {
      case SANDBOX -> ContainerRequest.Network.DEFAULT;
      case HOST -> ContainerRequest.Network.HOST;
      case NONE -> ContainerRequest.Network.NONE;
    };
  }

  /** What a process says, up to a limit: it may say as much as it likes. */
  private static final class Output extends ByteArrayOutputStream {
    @Override
    public synchronized void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      super.write(bytes, offset, Math.min(length, MAX_BYTES - size()));
    }

    String text() {
      return toString(StandardCharsets.UTF_8).strip();
    }
  }
}
