package dev.gatehouse.solver.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootDirectoryTest {
  @TempDir Path temp;
  RootDirectory root;

  @BeforeEach
  void open() throws Exception {
    Path inside = Files.createDirectory(temp.resolve("root"));
    Files.writeString(temp.resolve("secret"), "outside");
    Files.createDirectories(inside.resolve("etc"));
    Files.writeString(inside.resolve("etc/hosts"), "inside");
    Files.createSymbolicLink(inside.resolve("abs"), Path.of("/etc"));
    Files.createSymbolicLink(inside.resolve("up"), Path.of("../../../.."));
    Files.createSymbolicLink(inside.resolve("escape"), Path.of("../secret"));
    Files.createSymbolicLink(inside.resolve("dangling"), Path.of("/new/dir"));
    Files.createSymbolicLink(inside.resolve("loop"), Path.of("loop"));
    root = RootDirectory.open(inside);
  }

  @AfterEach
  void close() {
    root.close();
  }

  @Test
  void linksAndDotsStayInside() throws Exception {
    assertThat(new String(root.readFile("/abs/hosts", 100))).isEqualTo("inside");
    assertThat(new String(root.readFile("up/etc/hosts", 100))).isEqualTo("inside");
    assertThat(new String(root.readFile("../../../etc/hosts", 100))).isEqualTo("inside");
    assertThat(root.findStat("escape")).isEmpty();
    assertThat(root.findStat("../secret")).isEmpty();
    assertThat(root.findStat("/etc/hosts/x")).isEmpty();
    assertThatThrownBy(() -> root.stat("loop"))
        .satisfies(e -> assertThat(((LinuxException) e).errno()).isEqualTo(Errno.ELOOP));
  }

  @Test
  void resolvesAsTheKernelWould() throws Exception {
    assertThat(root.resolve("abs/hosts")).isEqualTo("/etc/hosts");
    assertThat(root.resolve("abs/../etc/./hosts")).isEqualTo("/etc/hosts");
    assertThat(root.resolve("up/abs")).isEqualTo("/etc");
    assertThat(root.resolveParent("up/abs")).isEqualTo("/abs");
    assertThat(root.resolve("dangling/x")).isEqualTo("/new/dir/x");
    assertThat(root.resolve("escape")).isEqualTo("/secret");
    assertThat(root.resolve("/")).isEqualTo("/");
    assertThat(root.resolve("missing/../etc")).isEqualTo("/etc");
    assertThatThrownBy(() -> root.resolve("loop")).isInstanceOf(LinuxException.class);
  }

  @Test
  void placesNames() throws Exception {
    try (RootDirectory.Place p = root.place("abs/new")) {
      p.directory().mkdir(p.name(), 0755);
    }
    assertThat(root.stat("/etc/new").isDirectory()).isTrue();
    try (RootDirectory.Place p = root.place("/abs/")) {
      assertThat(p.name()).isEqualTo("abs");
      assertThat(p.stat().isSymlink()).isTrue();
    }
    try (RootDirectory.Place p = root.place("/")) {
      assertThat(p.name()).isEqualTo(".");
      assertThat(p.stat().isDirectory()).isTrue();
    }
    try (RootDirectory.Place p = root.place("etc/..")) {
      assertThat(p.stat().inode()).isEqualTo(root.stat("/").inode());
    }
  }

  @Test
  void readRefusesTheLargeAndTheOdd() {
    assertThatThrownBy(() -> root.readFile("etc/hosts", 3)).hasMessageContaining("EFBIG");
    assertThatThrownBy(() -> root.readFile("etc", 3)).hasMessageContaining("EISDIR");
    assertThatThrownBy(() -> root.readFile("none", 3)).hasMessageContaining("ENOENT");
  }
}
