package dev.gatehouse.testkit;

import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerProcess;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.ProcessRequest;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A container whose processes are a function of the test. */
record InMemoryContainer(ContainerRequest request, InMemoryGateway.ProcessRunner runner)
    implements Container {

  @Override
  public ContainerProcess start(ProcessRequest process) {
    return new Process(process);
  }

  @Override
  public byte[] readFile(int mountIndex, String path, long offset, long length)
      throws FrontendException {
    throw noFiles();
  }

  @Override
  public List<FileStat> readDir(int mountIndex, String path, Optional<String> includePattern)
      throws FrontendException {
    throw noFiles();
  }

  @Override
  public FileStat statFile(int mountIndex, String path) throws FrontendException {
    throw noFiles();
  }

  private static FrontendException noFiles() {
    return FrontendException.builder(
            FrontendException.Category.ENVIRONMENT,
            "the in-memory gateway cannot read the mounts of a container")
        .code("testkit.no-containers")
        .hint("run against a daemon")
        .build();
  }

  @Override
  public void close() {}

  private final class Process implements ContainerProcess {
    private final ProcessRequest process;

    Process(ProcessRequest process) {
      this.process = process;
    }

    @Override
    public int waitFor() throws FrontendException, InterruptedException {
      try {
        return runner.run(request, process);
      } catch (IOException e) {
        throw FrontendException.builder(
                FrontendException.Category.INTERNAL, "the test's process failed: " + e.getMessage())
            .cause(e)
            .build();
      }
    }

    @Override
    public void resize(int rows, int columns) {}

    @Override
    public void signal(String name) {}
  }
}
