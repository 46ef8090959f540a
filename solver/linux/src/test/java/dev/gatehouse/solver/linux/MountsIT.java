package dev.gatehouse.solver.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountsIT {
  @TempDir Path temp;

  @BeforeEach
  void rootOnly() {
    assumeTrue(FileSystems.effectiveUser() == 0, "needs root to mount");
  }

  @Test
  void bindsReadonly() throws Exception {
    Path source = Files.createDirectory(temp.resolve("source"));
    Path target = Files.createDirectory(temp.resolve("target"));
    Mounts.mount("bind", source.toString(), target, List.of("rbind", "ro"));
    try {
      assertThat(Mounts.below(temp)).containsExactly(target.toRealPath());
      assertThatThrownBy(() -> Files.writeString(target.resolve("f"), "x"))
          .hasMessageContaining("Read-only");
      Files.writeString(source.resolve("g"), "x");
      assertThat(target.resolve("g")).exists();
    } finally {
      Mounts.unmount(target);
    }
    assertThat(Mounts.below(temp)).isEmpty();
    assertThatThrownBy(() -> Mounts.unmount(target)).hasMessageContaining("EINVAL");
  }

  @Test
  void overlaysMoreLayersThanOnePageOfOptionsNames() throws Exception {
    List<String> lower = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      Path layer = Files.createDirectories(temp.resolve("snapshots/layer-number-" + i + "/fs"));
      Files.writeString(layer.resolve("f" + i), "x");
      lower.add(layer.toString());
    }
    Path target = Files.createDirectory(temp.resolve("target"));
    Mounts.mount(
        "overlay", "overlay", target, List.of("ro", "lowerdir=" + String.join(":", lower)));
    try {
      assertThat(target.toFile().list()).hasSize(150);
    } finally {
      Mounts.unmount(target);
    }
  }

  @Test
  void saysWhatFailed() {
    assertThatThrownBy(() -> Mounts.mount("tmpfs", "tmpfs", temp.resolve("none"), List.of()))
        .isInstanceOf(LinuxException.class)
        .hasMessageStartingWith("mount tmpfs " + temp.resolve("none"))
        .hasMessageEndingWith("no such file or directory (ENOENT)");
  }

  @Test
  void space() throws Exception {
    FileSystems.Space space = FileSystems.space(temp);
    assertThat(space.total()).isGreaterThan(space.free()).isPositive();
    FileSystems.sync(temp);
  }
}
