package dev.gatehouse.solver.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryTest {
  @TempDir Path temp;

  @Test
  void writesReadsAndListsAThousandNames() throws Exception {
    try (Directory d = Directory.open(temp)) {
      Set<String> expected = new HashSet<>();
      for (int i = 0; i < 1000; i++) {
        String name = "file-with-a-rather-long-name-" + i;
        expected.add(name);
        d.file(name, OpenFile.O_WRONLY | OpenFile.O_CREAT | OpenFile.O_EXCL, 0600).close();
      }
      Set<String> names = new HashSet<>();
      for (Directory.Entry e : d.list()) {
        names.add(e.name());
        assertThat(e.type()).isEqualTo(FileStatus.S_IFREG);
      }
      assertThat(names).isEqualTo(expected);
      assertThat(d.list()).hasSize(1000);
    }
  }

  @Test
  void namesSurviveWhateverTheirBytes() throws Exception {
    String umlaut = "grüße-日本";
    String broken = FileNames.decode(new byte[] {'a', (byte) 0xff, 'b', (byte) 0xc3});
    try (Directory d = Directory.open(temp)) {
      for (String name : new String[] {umlaut, broken}) {
        d.file(name, OpenFile.O_WRONLY | OpenFile.O_CREAT, 0644).close();
      }
      assertThat(d.list())
          .extracting(Directory.Entry::name)
          .containsExactlyInAnyOrder(umlaut, broken);
      d.deleteContent();
      assertThat(d.list()).isEmpty();
    }
    assertThat(FileNames.encode(broken)).containsExactly('a', 0xff, 'b', 0xc3);
    assertThat(FileNames.encode(umlaut)).isEqualTo(umlaut.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void modesAreExactAndTimesHaveNanoseconds() throws Exception {
    try (Directory d = Directory.open(temp)) {
      d.mkdir("d", 01777);
      assertThat(d.stat("d").mode()).isEqualTo(FileStatus.S_IFDIR | 01777);
      d.mknod("fifo", FileStatus.S_IFIFO | 0666, 0, 0);
      assertThat(d.stat("fifo").mode()).isEqualTo(FileStatus.S_IFIFO | 0666);
      d.symlink("nowhere", "link");
      d.setTimes("link", 1234567890L, 987654321);
      FileStatus link = d.stat("link");
      assertThat(link.isSymlink()).isTrue();
      assertThat(link.modifyTimeNanos()).isEqualTo(1234567890987654321L);
      assertThat(d.readlink("link")).isEqualTo("nowhere");
      d.setTimes("d", -1, 500);
      assertThat(d.stat("d").modifySeconds()).isEqualTo(-1);
      assertThat(d.stat("d").modifyNanos()).isEqualTo(500);
    }
  }

  @Test
  void linksRenamesAndDeletesTrees() throws Exception {
    try (Directory d = Directory.open(temp)) {
      d.mkdir("a", 0755);
      try (Directory a = d.directory("a")) {
        try (OpenFile f = a.file("f", OpenFile.O_RDWR | OpenFile.O_CREAT, 0644)) {
          f.write("hello".getBytes(StandardCharsets.UTF_8), 0, 5);
          ByteBuffer b = ByteBuffer.allocate(10);
          assertThat(f.read(b, 1)).isEqualTo(4);
          assertThat(f.read(b, 5)).isEqualTo(-1);
        }
        d.link(a, "f", "g");
        assertThat(d.stat("g").inode()).isEqualTo(a.stat("f").inode());
        assertThat(d.stat("g").links()).isEqualTo(2);
        assertThatThrownBy(() -> a.renameNoReplace("f", d, "g"))
            .isInstanceOf(LinuxException.class)
            .hasMessageContaining("file exists (EEXIST)");
        a.mkdir("x", 0755);
        a.symlink("..", "up");
      }
      d.deleteTree("a");
      d.deleteTree("not-there");
      assertThat(d.list()).extracting(Directory.Entry::name).containsExactly("g");
      assertThat(d.find("a")).isEmpty();
    }
  }

  @Test
  void noNameLeadsElsewhere() throws Exception {
    try (Directory d = Directory.open(temp)) {
      d.symlink("/etc", "etc");
      assertThatThrownBy(() -> d.directory("etc")).isInstanceOf(LinuxException.class);
      d.symlink("/etc/passwd", "passwd");
      assertThatThrownBy(() -> d.file("passwd", OpenFile.O_RDONLY, 0))
          .satisfies(e -> assertThat(((LinuxException) e).errno()).isEqualTo(Errno.ELOOP));
      for (String name : new String[] {"..", "", "a/b", "/"}) {
        assertThatThrownBy(() -> d.stat(name)).isInstanceOf(IllegalArgumentException.class);
      }
      assertThatThrownBy(() -> d.stat("a\0b")).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void copiesFilesOfAllSizes() throws Exception {
    try (Directory d = Directory.open(temp)) {
      for (int size : new int[] {0, 1, 100_000, 3_000_000}) {
        byte[] content = new byte[size];
        new java.util.Random(size).nextBytes(content);
        try (OpenFile a = d.file("a", OpenFile.O_RDWR | OpenFile.O_CREAT | OpenFile.O_TRUNC, 0644);
            OpenFile b = d.file("b", OpenFile.O_RDWR | OpenFile.O_CREAT | OpenFile.O_TRUNC, 0644)) {
          a.write(content, 0, size);
          a.seek(0);
          b.copyFrom(a);
          b.seek(0);
          assertThat(b.inputStream().readAllBytes()).isEqualTo(content);
        }
      }
      // procfs says size 0 and has content all the same.
      try (OpenFile a = OpenFile.open(Path.of("/proc/self/status"), OpenFile.O_RDONLY, 0);
          OpenFile b = d.file("s", OpenFile.O_RDWR | OpenFile.O_CREAT, 0644)) {
        b.copyFrom(a);
        assertThat(b.status().size()).isPositive();
      }
    }
  }

  @Test
  void extendedAttributes() throws Exception {
    try (Directory d = Directory.open(temp)) {
      d.mkdir("d", 0755);
      try {
        d.setXattr("d", "user.one", new byte[] {1, 0, 2});
      } catch (LinuxException e) {
        assumeTrue(!e.is(Errno.EOPNOTSUPP), "file system without user attributes");
        throw e;
      }
      d.setXattr("d", "user.empty", new byte[0]);
      assertThat(d.xattrs("d")).containsOnlyKeys("user.empty", "user.one");
      assertThat(d.xattr("d", "user.one")).hasValue(new byte[] {1, 0, 2});
      assertThat(d.xattr("d", "user.two")).isEmpty();
      d.removeXattr("d", "user.one");
      d.removeXattr("d", "user.one");
      assertThat(Xattrs.list(temp.resolve("d"))).containsExactly("user.empty");
      byte[] big = new byte[3000];
      d.setXattr("d", "user.empty", big);
      assertThat(d.xattr("d", "user.empty")).hasValue(big);
    }
  }

  @Test
  void devicesAndOwnersAsRoot() throws Exception {
    assumeTrue(FileSystems.effectiveUser() == 0, "needs root");
    try (Directory d = Directory.open(temp)) {
      d.mknod("whiteout", FileStatus.S_IFCHR, 0, 0);
      assertThat(d.stat("whiteout").isWhiteout()).isTrue();
      d.mknod("big", FileStatus.S_IFBLK | 0640, 259, 70000);
      FileStatus s = d.stat("big");
      assertThat(s.deviceMajor()).isEqualTo(259);
      assertThat(s.deviceMinor()).isEqualTo(70000);
      assertThat(s.permissions()).isEqualTo(0640);
      d.symlink("x", "l");
      d.chown("l", 1234, 5678);
      assertThat(d.stat("l").uid()).isEqualTo(1234);
      assertThat(d.stat("l").gid()).isEqualTo(5678);
    }
  }

  @Test
  void lockIsExclusive() throws Exception {
    Path file = temp.resolve("lock");
    try (OpenFile a = OpenFile.open(file, OpenFile.O_RDWR | OpenFile.O_CREAT, 0600);
        OpenFile b = OpenFile.open(file, OpenFile.O_RDWR, 0)) {
      assertThat(a.tryLock()).isTrue();
      assertThat(b.tryLock()).isFalse();
      a.close();
      assertThat(b.tryLock()).isTrue();
    }
  }
}
