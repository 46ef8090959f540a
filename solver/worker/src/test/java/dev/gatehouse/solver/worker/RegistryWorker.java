package dev.gatehouse.solver.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.State;
import dev.gatehouse.solver.worker.registry.MemoryRegistry;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A worker beside a registry that holds an image with busybox and a file. Closing it fails where a
 * build left something open.
 */
final class RegistryWorker implements AutoCloseable {
  final MemoryRegistry registry;
  final Worker worker;

  private RegistryWorker(MemoryRegistry registry, Worker worker) {
    this.registry = registry;
    this.worker = worker;
  }

  static RegistryWorker open(Path directory) throws IOException {
    MemoryRegistry registry = new MemoryRegistry();
    registry.image("team/base", "1", TestImages.busybox(), TestImages.file("etc/motd", "hello\n"));
    return new RegistryWorker(registry, Worker.open(WorkerConfig.of(directory)));
  }

  /** The image. */
  State base() {
    return ImageSource.of(registry.host() + "/team/base:1").state();
  }

  @Override
  public void close() {
    assertThat(worker.solver().activeVertices()).isZero();
    assertThat(worker.store().openHandles()).isZero();
    assertThat(worker.store().openMounts()).isZero();
    worker.close();
    registry.close();
  }
}
