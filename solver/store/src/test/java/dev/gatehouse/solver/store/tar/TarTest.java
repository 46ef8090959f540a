package dev.gatehouse.solver.store.tar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.solver.store.tar.TarEntry.Type;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarTest {
  private static final Instant TIME = Instant.ofEpochSecond(1_700_000_000);

  private record Member(TarEntry entry, byte[] content) {}

  private static byte[] archive(List<Member> members) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarWriter w = new TarWriter(out)) {
      for (Member m : members) {
        w.add(m.entry, m.content);
      }
    }
    return out.toByteArray();
  }

  private static List<Member> read(byte[] tar) throws IOException {
    List<Member> members = new ArrayList<>();
    try (TarReader r = new TarReader(new ByteArrayInputStream(tar))) {
      for (TarEntry e = r.next(); e != null; e = r.next()) {
        members.add(new Member(e, r.readAllBytes()));
      }
    }
    return members;
  }

  private static Member file(String name, String content) {
    byte[] bytes = content.getBytes(UTF_8);
    return new Member(
        TarEntry.builder(name, Type.FILE).mode(0644).size(bytes.length).modified(TIME).build(),
        bytes);
  }

  private static Member bare(TarEntry.Builder b) {
    return new Member(b.modified(TIME).build(), new byte[0]);
  }

  private static List<Member> everything() {
    String longName = "deep/".repeat(40) + "name";
    return List.of(
        bare(TarEntry.builder("dir/", Type.DIRECTORY).mode(01777)),
        file("dir/file", "hello"),
        file(longName, "long"),
        file("d/" + "n".repeat(99), "exactly 101 bytes of name"),
        file("f\u0151tan\u00fas\u00edtv\u00e1ny.crt", "umlauts"),
        file("bytes\udcff\udc80.bin", "no utf-8"),
        file("empty", ""),
        file("block", "x".repeat(512)),
        new Member(
            TarEntry.builder("cap", Type.FILE)
                .mode(04755)
                .owner(3_000_000, 4_000_000_000L)
                .ownerNames("root", "g".repeat(40))
                .size(1)
                .modified(Instant.ofEpochSecond(-5, 250_000_000))
                .xattr("security.capability", new byte[] {1, 0, 0, 2, 0, '\n', '=', 0})
                .xattr("user.empty", new byte[0])
                .build(),
            new byte[] {'c'}),
        bare(TarEntry.builder("link", Type.SYMLINK).mode(0777).linkName("../" + "t".repeat(120))),
        bare(TarEntry.builder("hard", Type.HARD_LINK).mode(0644).linkName("dir/file")),
        bare(TarEntry.builder("null", Type.CHARACTER_DEVICE).mode(0666).device(1, 3)),
        bare(
            TarEntry.builder("disk", Type.BLOCK_DEVICE)
                .mode(0660)
                .owner(0, 6)
                .device(259, 1048575)),
        bare(TarEntry.builder("fifo", Type.FIFO).mode(0600)),
        bare(TarEntry.builder("dir/.wh.gone", Type.FILE)));
  }

  @Test
  void roundTripsEveryKindOfEntry() throws IOException {
    List<Member> members = everything();
    byte[] tar = archive(members);
    assertThat(tar.length % 512).isZero();
    List<Member> back = read(tar);
    assertThat(back).hasSameSizeAs(members);
    for (int i = 0; i < members.size(); i++) {
      TarEntry a = members.get(i).entry;
      TarEntry b = back.get(i).entry;
      assertThat(b).usingRecursiveComparison().isEqualTo(a);
      assertThat(back.get(i).content).isEqualTo(members.get(i).content);
    }
    assertThat(archive(back)).isEqualTo(tar);
  }

  @Test
  void readsNothingButTheEntrysContentAndSkipsTheRest() throws IOException {
    byte[] tar = archive(List.of(file("a", "aaaa"), file("b", "bb")));
    TarReader r = new TarReader(new ByteArrayInputStream(tar));
    r.next();
    assertThat(r.read()).isEqualTo('a');
    TarEntry b = r.next();
    assertThat(b.name()).isEqualTo("b");
    assertThat(r.readAllBytes()).isEqualTo("bb".getBytes(UTF_8));
    assertThat(r.read()).isEqualTo(-1);
    assertThat(r.next()).isNull();
    assertThat(r.next()).isNull();
  }

  /**
   * The bytes of Go's archive/tar for the same header, so that layers have the digests other
   * builders give them.
   */
  @Test
  void matchesGosBytes() throws Exception {
    byte[] tar = archive(List.of(file("hello", "x")));
    byte[] header = new byte[512];
    put(header, 0, "hello");
    put(header, 100, "0000644\0" + "0000000\0" + "0000000\0" + "00000000001\0" + "14524770400\0");
    put(header, 156, "0");
    put(header, 257, "ustar\0" + "00");
    put(header, 329, "0000000\0" + "0000000\0");
    put(header, 148, "        ");
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, String.format("%06o\0 ", sum));
    byte[] expected = new byte[512 * 4];
    System.arraycopy(header, 0, expected, 0, 512);
    expected[512] = 'x';
    assertThat(HexFormat.of().formatHex(tar)).isEqualTo(HexFormat.of().formatHex(expected));
  }

  /** The extended header that Go's archive/tar writes before a name outside ASCII. */
  @Test
  void matchesGosBytesOfExtendedHeaders() throws Exception {
    byte[] tar = archive(List.of(file("w/d/\u00fctf", "")));
    byte[] header = new byte[512];
    put(header, 0, "w/d/PaxHeaders.0/tf");
    put(header, 100, "0000000\0" + "0000000\0" + "0000000\0" + "00000000021\0" + "00000000000\0");
    put(header, 148, "011237\0 ");
    put(header, 156, "x");
    put(header, 257, "ustar\0" + "00");
    assertThat(HexFormat.of().formatHex(tar, 0, 512)).isEqualTo(HexFormat.of().formatHex(header));
  }

  private static void put(byte[] b, int at, String s) {
    System.arraycopy(s.getBytes(UTF_8), 0, b, at, s.length());
  }

  @Test
  void commonsCompressReadsWhatIsWritten() throws IOException {
    List<Member> members = everything();
    try (TarArchiveInputStream in =
        new TarArchiveInputStream(new ByteArrayInputStream(archive(members)), "UTF-8")) {
      for (Member m : members) {
        TarArchiveEntry e = in.getNextEntry();
        if (m.entry.name().indexOf('\udcff') < 0) {
          assertThat(e.getName()).isEqualTo(m.entry.name());
        }
        assertThat(e.getMode() & 07777).isEqualTo(m.entry.mode());
        assertThat(e.getLongUserId()).isEqualTo(m.entry.uid());
        assertThat(e.getLongGroupId()).isEqualTo(m.entry.gid());
        assertThat(e.getLinkName()).isEqualTo(m.entry.linkName());
        assertThat(e.getLastModifiedTime().toInstant()).isEqualTo(m.entry.modified());
        assertThat(e.isSymbolicLink()).isEqualTo(m.entry.type() == Type.SYMLINK);
        assertThat(e.isLink()).isEqualTo(m.entry.type() == Type.HARD_LINK);
        assertThat(e.isDirectory()).isEqualTo(m.entry.type() == Type.DIRECTORY);
        assertThat((long) e.getDevMajor()).isEqualTo(m.entry.deviceMajor());
        assertThat((long) e.getDevMinor()).isEqualTo(m.entry.deviceMinor());
        assertThat(in.readAllBytes()).isEqualTo(m.content);
      }
      assertThat((Object) in.getNextEntry()).isNull();
    }
  }

  @Test
  void readsGnuAndPosixArchivesOfCommonsCompress() throws IOException {
    for (boolean gnu : new boolean[] {true, false}) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (TarArchiveOutputStream w = new TarArchiveOutputStream(out, "UTF-8")) {
        w.setLongFileMode(
            gnu ? TarArchiveOutputStream.LONGFILE_GNU : TarArchiveOutputStream.LONGFILE_POSIX);
        w.setBigNumberMode(
            gnu ? TarArchiveOutputStream.BIGNUMBER_STAR : TarArchiveOutputStream.BIGNUMBER_POSIX);
        TarArchiveEntry e = new TarArchiveEntry("d/" + "x".repeat(300));
        e.setSize(3);
        e.setUserId(4_000_000_000L);
        e.setModTime(TIME.toEpochMilli());
        w.putArchiveEntry(e);
        w.write("abc".getBytes(UTF_8));
        w.closeArchiveEntry();
        TarArchiveEntry l = new TarArchiveEntry("l", TarArchiveEntry.LF_SYMLINK);
        l.setLinkName("y".repeat(200));
        w.putArchiveEntry(l);
        w.closeArchiveEntry();
      }
      List<Member> members = read(out.toByteArray());
      assertThat(members).hasSize(2);
      assertThat(members.get(0).entry.name()).isEqualTo("d/" + "x".repeat(300));
      assertThat(members.get(0).entry.uid()).isEqualTo(4_000_000_000L);
      assertThat(members.get(0).entry.modified()).isEqualTo(TIME);
      assertThat(new String(members.get(0).content, UTF_8)).isEqualTo("abc");
      assertThat(members.get(1).entry.linkName()).isEqualTo("y".repeat(200));
    }
  }

  @Test
  void readsAndFeedsDebiansTar(@TempDir Path dir) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/tar")), "no tar command");
    Path tree = Files.createDirectories(dir.resolve("tree/sub"));
    Files.writeString(tree.resolve("a".repeat(150)), "long");
    Files.createSymbolicLink(tree.resolve("s"), Path.of("b".repeat(150)));
    Files.writeString(tree.resolve("one"), "1");
    Files.createLink(tree.resolve("two"), tree.resolve("one"));
    for (String format : List.of("gnu", "posix", "oldgnu")) {
      Path file = dir.resolve(format + ".tar");
      run(
          "tar",
          "--format=" + format,
          "--sort=name",
          "-cf",
          file.toString(),
          "-C",
          dir.resolve("tree").toString(),
          ".");
      List<Member> members = read(Files.readAllBytes(file));
      assertThat(members)
          .extracting(m -> m.entry.name())
          .containsExactly(
              "./", "./sub/", "./sub/" + "a".repeat(150), "./sub/one", "./sub/s", "./sub/two");
      assertThat(members.get(4).entry.linkName()).isEqualTo("b".repeat(150));
      assertThat(members.get(5).entry.type()).isEqualTo(Type.HARD_LINK);
    }
    Path sparse = dir.resolve("sparse");
    try (var channel =
        java.nio.channels.FileChannel.open(
            sparse,
            java.nio.file.StandardOpenOption.CREATE,
            java.nio.file.StandardOpenOption.WRITE)) {
      channel.position(1 << 20);
      channel.write(java.nio.ByteBuffer.wrap(new byte[] {1}));
    }
    for (String format : List.of("gnu", "posix")) {
      Path file = dir.resolve("sparse.tar");
      run(
          "tar",
          "--format=" + format,
          "-S",
          "-cf",
          file.toString(),
          "-C",
          dir.toString(),
          "sparse");
      assertThatThrownBy(() -> read(Files.readAllBytes(file)))
          .isInstanceOf(TarException.class)
          .hasMessageContaining("sparse files are not supported");
    }
    Path ours = dir.resolve("ours.tar");
    Files.write(ours, archive(everything()));
    String list = run("tar", "-tvf", ours.toString());
    assertThat(list.lines()).hasSize(everything().size());
    assertThat(list).contains("dir/file").contains("1,3").contains("259,1048575");
  }

  private static String run(String... command) throws Exception {
    ProcessBuilder b = new ProcessBuilder(command).redirectErrorStream(true);
    b.environment().put("LC_ALL", "C.UTF-8");
    Process p = b.start();
    String out = new String(p.getInputStream().readAllBytes(), UTF_8);
    assertThat(p.waitFor()).as(out).isZero();
    return out;
  }

  @Test
  void refusesDamagedArchives() throws IOException {
    byte[] tar = archive(List.of(file("a", "aaaa"), file("b".repeat(200), "bb")));
    assertThatThrownBy(() -> read(java.util.Arrays.copyOf(tar, 514)))
        .isInstanceOf(TarException.class);
    assertThatThrownBy(() -> read(java.util.Arrays.copyOf(tar, 1100)))
        .isInstanceOf(TarException.class);
    byte[] flipped = tar.clone();
    flipped[3] ^= 1;
    assertThatThrownBy(() -> read(flipped)).hasMessageContaining("checksum");
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = tar.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      fixChecksums(damaged);
      try {
        read(damaged);
      } catch (TarException expected) {
        // Refused, which is what damage deserves; anything else fails the test.
      }
    }
  }

  private static void fixChecksums(byte[] tar) {
    for (int at = 0; at < tar.length; at += 512) {
      if (tar[at + 257] == 'u') {
        int sum = 8 * ' ';
        for (int i = 0; i < 512; i++) {
          sum += i >= 148 && i < 156 ? 0 : tar[at + i] & 0xff;
        }
        put(tar, at + 148, String.format("%06o\0 ", sum));
      }
    }
  }

  @Test
  void refusesEntriesWhoseContentDoesNotFit() throws IOException {
    TarWriter w = new TarWriter(OutputStream.nullOutputStream());
    TarEntry three = TarEntry.builder("three", Type.FILE).size(3).build();
    w.begin(three);
    assertThatThrownBy(() -> w.write(new byte[4])).hasMessage("three: more content than its size");
    w.write(new byte[1]);
    assertThatThrownBy(() -> w.begin(three)).hasMessage("three: content is 2 bytes short");
    TarWriter v = new TarWriter(OutputStream.nullOutputStream());
    assertThatThrownBy(() -> v.add(three, InputStream.nullInputStream()))
        .hasMessage("three: content ends 3 bytes early");
  }

  @Test
  void writesSizesBeyondEightGigabytes() throws Exception {
    long size = 9L << 30;
    TarEntry big = TarEntry.builder("big", Type.FILE).size(size).build();
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    OutputStream capped =
        new OutputStream() {
          @Override
          public void write(int b) {
            head.write(b);
          }
        };
    new TarWriter(capped).begin(big);
    TarEntry back = new TarReader(new ByteArrayInputStream(head.toByteArray())).next();
    assertThat(back.size()).isEqualTo(size);
    assertThat(
            HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(head.toByteArray())))
        .hasSize(64);
  }
}
