package dev.gatehouse.cli.build;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Loads what is written to it into the Docker engine that the {@code docker} command talks to. */
final class DockerLoad extends FilterOutputStream {
  private final Process docker;

  DockerLoad() throws IOException {
    this(start());
  }

  private DockerLoad(Process docker) {
    super(docker.getOutputStream());
    this.docker = docker;
  }

  private static Process start() throws IOException {
    try {
      return new ProcessBuilder("docker", "load", "--quiet")
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
    } catch (IOException e) {
      throw new IOException(
          "loading into Docker needs its command: " + e.getMessage() + "; or name dest=FILE", e);
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    OutputStream to = out;
    to.write(bytes, offset, length);
  }

  @Override
  public void close() throws IOException {
    try {
      super.close();
      int status = docker.waitFor();
      if (status != 0) {
        throw new IOException("docker load failed with status " + status);
      }
    } catch (InterruptedException e) {
      docker.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("docker load was interrupted", e);
    }
  }
}
