package dev.gatehouse.frontend.server;

import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerProcess;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.LlbCapabilities;
import dev.gatehouse.frontend.ProcessRequest;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.SourceMetadata;
import dev.gatehouse.frontend.SourceRequest;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.frontend.WorkerInfo;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.oci.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;

/** A backend whose files are a map and whose processes are written in the test. */
class FakeBackend implements GatewayBackend {
  CapabilitySet capabilities = GatewayCapabilities.all();
  final List<SolveRequest> solves = new ArrayList<>();
  final List<Warning> warnings = new ArrayList<>();
  final List<SourceRequest> sources = new ArrayList<>();
  final List<String> images = new ArrayList<>();
  final List<ContainerRequest> containers = new ArrayList<>();
  final Map<String, Definition> inputs = new LinkedHashMap<>();
  final Map<String, byte[]> files = new LinkedHashMap<>();
  int closedContainers;
  int evaluations;
  final CountDownLatch blocked = new CountDownLatch(1);
  final CountDownLatch interrupted = new CountDownLatch(1);

  interface Solver {
    Result solve(SolveRequest request) throws FrontendException, InterruptedException;
  }

  Solver solver =
      request -> Result.of(new FakeReference(request.definition().orElse(Definition.SCRATCH)));

  final class FakeReference implements Reference {
    private final Definition definition;

    FakeReference(Definition definition) {
      this.definition = definition;
    }

    @Override
    public Definition definition() {
      return definition;
    }

    @Override
    public void evaluate() {
      evaluations++;
    }

    @Override
    public byte[] readFile(String path) throws FrontendException {
      byte[] content = files.get(path);
      if (content == null) {
        throw FrontendException.user("open " + path + ": no such file or directory");
      }
      return content;
    }

    @Override
    public byte[] readFile(String path, long offset, long length) throws FrontendException {
      byte[] all = readFile(path);
      return Arrays.copyOfRange(all, (int) offset, (int) Math.min(all.length, offset + length));
    }

    @Override
    public List<FileStat> readDir(String path, Optional<String> includePattern) {
      return files.keySet().stream()
          .filter(f -> includePattern.map(f::endsWith).orElse(true))
          .map(f -> FileStat.of(f, 0644, 1, 2, files.get(f).length, 3))
          .toList();
    }

    @Override
    public FileStat statFile(String path) {
      return new FileStat(
          path,
          FileStat.SYMLINK | 0777,
          1,
          2,
          3,
          -4,
          "target",
          5,
          6,
          Map.of("user.a", new byte[] {7}));
    }
  }

  @Override
  public CapabilitySet llbCapabilities() {
    return LlbCapabilities.all();
  }

  @Override
  public CapabilitySet gatewayCapabilities() {
    return capabilities;
  }

  @Override
  public List<WorkerInfo> workers() {
    return List.of(
        new WorkerInfo(
            "w1",
            Map.of("a", "b"),
            List.of(Platform.LINUX_AMD64, new Platform("linux", "arm", "v7", "", List.of()))));
  }

  @Override
  public Map<String, Definition> inputs() {
    return inputs;
  }

  @Override
  public Result solve(SolveRequest request) throws FrontendException, InterruptedException {
    synchronized (solves) {
      solves.add(request);
    }
    return solver.solve(request);
  }

  @Override
  public ResolvedImage resolveImageConfig(String reference, ImageResolveOptions options) {
    images.add(
        reference
            + " "
            + options.platform().orElse(null)
            + " "
            + options.resolveMode()
            + " "
            + options.ociLayout());
    return new ResolvedImage(
        reference, "sha256:" + "1".repeat(64), "{}".getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public SourceMetadata resolveSourceMetadata(SourceRequest request) {
    sources.add(request);
    byte[] none = new byte[0];
    if (request.identifier().startsWith("git://")) {
      return new SourceMetadata(
          request.identifier(),
          request.attributes(),
          null,
          new SourceMetadata.Git(
              "c0ffee", "refs/heads/main", "", "commit".getBytes(StandardCharsets.UTF_8), none),
          null);
    } else if (request.identifier().startsWith("https://")) {
      return new SourceMetadata(
          request.identifier(),
          request.attributes(),
          null,
          null,
          new SourceMetadata.Http(
              "sha256:" + "2".repeat(64),
              "file.tar",
              java.time.Instant.ofEpochSecond(77),
              request
                  .checksum()
                  .map(c -> new SourceMetadata.ChecksumAnswer("sha512:x", c.suffix()))
                  .orElse(null)));
    }
    return new SourceMetadata(
        request.identifier().replace("alpine", "alpine:pinned"),
        request.attributes(),
        new SourceMetadata.Image(
            "sha256:" + "1".repeat(64),
            "{\"os\":\"linux\"}".getBytes(StandardCharsets.UTF_8),
            request.image().isPresent()
                ? new SourceMetadata.AttestationChain(
                    "r",
                    "i",
                    "a",
                    List.of("s"),
                    Map.of(
                        "d",
                        new SourceMetadata.Blob(
                            "m",
                            "d",
                            4,
                            Map.of("k", "v"),
                            "data".getBytes(StandardCharsets.UTF_8))))
                : null),
        null,
        null);
  }

  @Override
  public void warn(Warning warning) {
    warnings.add(warning);
  }

  @Override
  public Optional<Reference> failedResult(String id) {
    return id.equals("failed-mount")
        ? Optional.of(new FakeReference(Definition.SCRATCH))
        : Optional.empty();
  }

  @Override
  public Container newContainer(ContainerRequest request) {
    containers.add(request);
    return new Container() {
      @Override
      public ContainerProcess start(ProcessRequest r) throws FrontendException {
        return process(r);
      }

      @Override
      public byte[] readFile(int mountIndex, String path, long offset, long length) {
        return (mountIndex + path + offset + "," + length).getBytes(StandardCharsets.UTF_8);
      }

      @Override
      public List<FileStat> readDir(int mountIndex, String path, Optional<String> includePattern) {
        return List.of(FileStat.of(path + includePattern.orElse("-"), 0600, 0, 0, mountIndex, 0));
      }

      @Override
      public FileStat statFile(int mountIndex, String path) {
        return FileStat.of(path, 0600, 0, 0, mountIndex, 0);
      }

      @Override
      public void close() {
        closedContainers++;
      }
    };
  }

  /**
   * Programs: {@code cat}, {@code exit N}, {@code fail}, {@code nostart}, {@code wait} for a
   * signal, {@code flood}.
   */
  private ContainerProcess process(ProcessRequest r) throws FrontendException {
    if (r.arguments().get(0).equals("nostart")) {
      throw FrontendException.user("exec: \"nostart\": not found");
    }
    CompletableFuture<Integer> exit = new CompletableFuture<>();
    List<String> signals = new ArrayList<>();
    CountDownLatch signalled = new CountDownLatch(1);
    Thread.startVirtualThread(() -> {
      try {
        switch (r.arguments().get(0)) {
          case "cat" -> {
            InputStream in = r.stdin().orElseThrow();
            in.transferTo(r.stdout().orElseThrow());
            exit.complete(0);
          }
          case "exit" -> {
            OutputStream err = r.stderrOrNull();
            if (err != null) {
              err.write("going\n".getBytes(StandardCharsets.UTF_8));
            }
            exit.complete(Integer.parseInt(r.arguments().get(1)));
          }
          case "fail" ->
              exit.completeExceptionally(FrontendException.environment("runtime is broken"));
          case "wait" -> {
            signalled.await();
            r.stdout()
                .orElseThrow()
                .write(String.join(" ", signals).getBytes(StandardCharsets.UTF_8));
            exit.complete(143);
          }
          case "flood" -> {
            byte[] block = new byte[100_000];
            Arrays.fill(block, (byte) 'x');
            for (int i = 0; i < 50; i++) {
              r.stdout().orElseThrow().write(block);
            }
            exit.complete(0);
          }
          default -> throw new IllegalArgumentException(r.arguments().toString());
        }
      } catch (IOException | InterruptedException | RuntimeException e) {
        exit.completeExceptionally(e);
      }
    });
    return new ContainerProcess() {
      @Override
      public int waitFor() throws FrontendException, InterruptedException {
        try {
          return exit.get();
        } catch (ExecutionException e) {
          if (e.getCause() instanceof FrontendException f) {
            throw f;
          }
          throw FrontendException.internal(String.valueOf(e.getCause()));
        }
      }

      @Override
      public void resize(int rows, int columns) {
        signals.add(rows + "x" + columns);
      }

      @Override
      public void signal(String name) {
        signals.add(name);
        signalled.countDown();
      }
    };
  }
}
