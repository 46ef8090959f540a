package dev.gatehouse.solver.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.CopyOptions;
import dev.gatehouse.llb.FileAction;
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
  private RegistryWorker opened;
  private MemoryRegistry registry;
  private Worker worker;

  @BeforeEach
  void open() throws Exception {
    TestMachine.needsRoot();
    TestMachine.needs(TestMachine.BUSYBOX, "busybox-static");
    opened = RegistryWorker.open(directory.resolve("worker"));
    registry = opened.registry;
    worker = opened.worker;
  }

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  /** Copies busybox out of the image, for which its layers are needed, and gives its size. */
  private long build() throws Exception {
    State base = opened.base();
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
    assertThat(build()).isEqualTo(Files.size(TestMachine.BUSYBOX));
    assertThat(registry.reads()).hasSize(5).anyMatch(read -> read.contains(" from "));
  }

  @Test
  void aFailureThatPassesIsNotSeen() throws Exception {
    registry.failNext(2);
    assertThat(build()).isEqualTo(Files.size(TestMachine.BUSYBOX));
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
    assertThat(build()).isEqualTo(Files.size(TestMachine.BUSYBOX));
    // What had come before the cuts was kept.
    assertThat(registry.reads()).anyMatch(read -> read.contains(" from "));
  }
}
