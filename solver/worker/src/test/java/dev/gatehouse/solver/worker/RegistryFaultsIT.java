package dev.gatehouse.solver.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.CopyOptions;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import dev.gatehouse.solver.core.ProgressSink;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.worker.registry.MemoryRegistry;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Builds upon an image whose registry fails while its layers are fetched. */
@Timeout(120)
class RegistryFaultsIT {
  private static final int ALWAYS = 1_000;

  @TempDir Path directory;
  private MemoryRegistry registry;
  private Worker worker;

  @BeforeEach
  void open() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(Files.isExecutable(LayoutSession.BUSYBOX), "needs busybox-static");
    registry = new MemoryRegistry();
    registry.image(
        "team/base", "1", LayoutSession.busybox(), LayoutSession.file("etc/motd", "hello\n"));
    worker = Worker.open(WorkerConfig.of(directory.resolve("worker")));
  }

  @AfterEach
  void close() {
    if (worker != null) {
      assertThat(worker.solver().activeVertices()).isZero();
      assertThat(worker.store().openHandles()).isZero();
      assertThat(worker.store().openMounts()).isZero();
      worker.close();
      registry.close();
    }
  }

  /** Copies busybox out of the image, for which its layers are needed, and gives its size. */
  private long build() throws Exception {
    State base = ImageSource.of(registry.host() + "/team/base:1").state();
    State copied =
        State.scratch()
            .file(FileAction.copy(base, "/bin/busybox", "/b", CopyOptions.NONE), Constraints.NONE);
    try (Build build =
        worker.build(new BuildRequest(BuildFacts.NONE, SessionGroup.NONE, ProgressSink.NONE))) {
      var result = build.solve(copied.marshal(MarshalOptions.defaults()).toBytes()).evaluate();
      try (LocalMount mount = result.reference().orElseThrow().localMount(true)) {
        return Files.size(mount.path().resolve("b"));
      }
    }
  }

  @Test
  void aTransferThatIsCutGoesOnWhereItStopped() throws Exception {
    registry.cutNext(3);
    assertThat(build()).isEqualTo(Files.size(LayoutSession.BUSYBOX));
    assertThat(registry.reads()).hasSize(5).anyMatch(read -> read.contains(" from "));
  }

  @Test
  void aFailureThatPassesIsNotSeen() throws Exception {
    registry.failNext(2);
    assertThat(build()).isEqualTo(Files.size(LayoutSession.BUSYBOX));
  }

  @Test
  void aFailureThatStaysIsToldAndTheNextBuildGoesOn() throws Exception {
    registry.failNext(ALWAYS);
    assertThatThrownBy(this::build)
        .isInstanceOf(SolveException.class)
        .hasMessageContaining(registry.host() + "/v2/team/base/blobs/sha256:")
        .hasMessageContaining("500");
    registry.failNext(0);
    registry.cutNext(ALWAYS);
    assertThatThrownBy(this::build).isInstanceOf(SolveException.class);
    registry.cutNext(0);
    registry.reads();
    assertThat(build()).isEqualTo(Files.size(LayoutSession.BUSYBOX));
    // What had come before the cuts was kept.
    assertThat(registry.reads()).anyMatch(read -> read.contains(" from "));
  }
}
