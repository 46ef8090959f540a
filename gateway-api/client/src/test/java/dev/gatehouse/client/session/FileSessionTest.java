package dev.gatehouse.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.Export;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.protocol.fsutil.Packet;
import dev.gatehouse.protocol.fsutil.Stat;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Files of a session: directories that are read, trees and files that are exported. */
class FileSessionTest extends SessionCalls {
  private Path sampleTree() throws Exception {
    Path root = Files.createDirectory(temp.resolve("context"));
    Files.createDirectories(root.resolve("src/deep"));
    Files.writeString(root.resolve("src/deep/a.txt"), "a");
    Files.writeString(root.resolve("src.txt"), "beside");
    Files.write(root.resolve("big"), new byte[200_000]);
    Files.createSymbolicLink(root.resolve("link"), Path.of("src/deep"));
    Files.createLink(root.resolve("z-hard"), root.resolve("src/deep/a.txt"));
    Files.writeString(root.resolve("ä.txt"), "umlaut");
    Files.writeString(root.resolve("run.sh"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(
        root.resolve("run.sh"), PosixFilePermissions.fromString("rwxr-x--x"));
    Files.setLastModifiedTime(root.resolve("run.sh"), FileTime.fromMillis(1_000_000_000_123L));
    return root;
  }

  @Test
  void aDirectoryArrivesAsItIs() throws Exception {
    Path context = sampleTree();
    Path copy = temp.resolve("copy");
    during(
        BuildRequest.builder().localDirectory("context", context),
        session -> {
          try (RpcStream stream =
              session.open(
                  "/moby.filesync.v1.FileSync/DiffCopy", Map.of("dir-name", List.of("context")))) {
            new TreeReceiver(stream, copy, false).run();
          }
        });
    assertThat(Files.readString(copy.resolve("src/deep/a.txt"))).isEqualTo("a");
    assertThat(Files.size(copy.resolve("big"))).isEqualTo(200_000);
    assertThat(Files.readSymbolicLink(copy.resolve("link"))).isEqualTo(Path.of("src/deep"));
    assertThat(Files.readString(copy.resolve("ä.txt"))).isEqualTo("umlaut");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy.resolve("run.sh"))))
        .isEqualTo("rwxr-x--x");
    assertThat(Files.getLastModifiedTime(copy.resolve("run.sh")).toMillis())
        .isEqualTo(1_000_000_000_123L);
    assertThat(Files.getAttribute(copy.resolve("z-hard"), "unix:ino"))
        .isEqualTo(Files.getAttribute(copy.resolve("src/deep/a.txt"), "unix:ino"));
  }

  private List<String> listed(
      Path root, List<String> includes, List<String> excludes, List<String> follow)
      throws Exception {
    List<String> paths = new ArrayList<>();
    new FileTree(root, includes, excludes, follow).walk(stat -> paths.add(stat.getPath()));
    return paths;
  }

  @Test
  void orderIsThatOfTheProtocol() throws Exception {
    Path root = sampleTree();
    assertThat(listed(root, List.of(), List.of(), List.of()))
        .containsExactly(
            "big",
            "link",
            "run.sh",
            "src",
            "src/deep",
            "src/deep/a.txt",
            "src.txt",
            "z-hard",
            "ä.txt");
    List<String> links = new ArrayList<>();
    List<Long> owners = new ArrayList<>();
    new FileTree(root, List.of(), List.of(), List.of())
        .walk(s -> {
          owners.add((long) s.getUid() + s.getGid());
          if (!s.getLinkname().isEmpty()) {
            links.add(s.getPath() + "->" + s.getLinkname() + " " + s.getSize());
          }
        });
    assertThat(links).containsExactly("link->src/deep 8", "z-hard->src/deep/a.txt 1");
    assertThat(owners).containsOnly(0L);
  }

  @Test
  void patternsFilter() throws Exception {
    Path root = sampleTree();
    assertThat(listed(root, List.of(), List.of("src", "!src/deep/*.txt", "b*", "link"), List.of()))
        .containsExactly(
            "run.sh", "src", "src/deep", "src/deep/a.txt", "src.txt", "z-hard", "ä.txt");
    assertThat(listed(root, List.of("**/a.txt"), List.of(), List.of()))
        .containsExactly("src", "src/deep", "src/deep/a.txt");
    assertThat(listed(root, List.of(), List.of("**"), List.of())).isEmpty();
    assertThat(listed(root, List.of(), List.of(), List.of("link/a.txt")))
        .containsExactly("link", "src", "src/deep", "src/deep/a.txt");
    assertThat(listed(root, List.of("src"), List.of("src/deep/a.txt"), List.of()))
        .containsExactly("src", "src/deep");
    assertThatThrownBy(() -> listed(root, List.of(), List.of("[a"), List.of()))
        .hasMessageContaining("syntax error in pattern");
  }

  @Test
  void patternsMeanWhatIgnoreFilesSay() {
    assertThat(new PathFilter(List.of("*.go")).matches("a.go")).isTrue();
    assertThat(new PathFilter(List.of("*.go")).matches("x/a.go")).isFalse();
    assertThat(new PathFilter(List.of("**/*.go")).matches("x/y/a.go")).isTrue();
    assertThat(new PathFilter(List.of("**/*.go")).matches("a.go")).isTrue();
    assertThat(new PathFilter(List.of("a/**")).matches("a/b/c")).isTrue();
    assertThat(new PathFilter(List.of("a/**")).matches("a")).isFalse();
    assertThat(new PathFilter(List.of("a/**/c")).matches("a/c")).isTrue();
    assertThat(new PathFilter(List.of("**foo")).matches("a/xfoo")).isTrue();
    assertThat(new PathFilter(List.of("dir")).matches("dir/inside/deep")).isTrue();
    assertThat(new PathFilter(List.of("dir", "!dir/inside")).matches("dir/inside/deep")).isFalse();
    assertThat(new PathFilter(List.of("a?c")).matches("abc")).isTrue();
    assertThat(new PathFilter(List.of("a[^b]c")).matches("abc")).isFalse();
    assertThat(new PathFilter(List.of("\\*")).matches("*")).isTrue();
    assertThat(new PathFilter(List.of("./x//y/../z")).matches("x/z")).isTrue();
    // Time stays in proportion for patterns that make backtracking explode.
    assertThat(new PathFilter(List.of("**/".repeat(30) + "b")).matches("a/".repeat(200) + "c"))
        .isFalse();
  }

  @Test
  void aDirectoryThatWasNotNamedIsNotGiven() throws Exception {
    during(
        BuildRequest.builder().localDirectory("context", sampleTree()),
        session -> {
          RpcException e =
              catchThrowableOfType(
                  RpcException.class,
                  () -> {
                    try (RpcStream stream =
                        session.open(
                            "/moby.filesync.v1.FileSync/DiffCopy",
                            Map.of("dir-name", List.of("etc")))) {
                      stream.receive();
                    }
                  });
          assertThat(e).hasMessage("no access allowed to dir \"etc\"");
          assertThat(e.status()).isEqualTo(StatusCode.NOT_FOUND);
        });
  }

  @Test
  void anExportedTreeIsWritten() throws Exception {
    Path tree = sampleTree();
    Path out = temp.resolve("out");
    Files.createDirectories(out);
    Files.writeString(out.resolve("kept"), "k");
    during(
        BuildRequest.builder().export(Export.toDirectory("local", Map.of(), out)),
        session -> {
          try (RpcStream stream =
              session.open(
                  "/moby.filesync.v1.FileSend/DiffCopy",
                  Map.of("buildkit-attachable-exporter-id", List.of("0")))) {
            FileSyncService.send(stream, new FileTree(tree, List.of(), List.of(), List.of()));
          }
        });
    assertThat(Files.readString(out.resolve("src/deep/a.txt"))).isEqualTo("a");
    assertThat(out.resolve("kept")).exists();
  }

  /** Sends what no honest exporter would, and tells what the receiver says. */
  private String refused(Stat... stats) throws Exception {
    Path out = Files.createTempDirectory(temp, "out");
    String[] answer = {""};
    during(
        BuildRequest.builder().export(Export.toDirectory("local", Map.of(), out)),
        session -> {
          try (RpcStream stream = session.open("/moby.filesync.v1.FileSend/DiffCopy", Map.of())) {
            for (Stat stat : stats) {
              stream.send(
                  Packet.newBuilder()
                      .setType(Packet.PacketType.PACKET_STAT)
                      .setStat(stat)
                      .build()
                      .toByteArray());
            }
            byte[] bytes;
            while ((bytes = stream.receive()) != null) {
              Packet p = Packet.parseFrom(bytes);
              if (p.getType() == Packet.PacketType.PACKET_ERR) {
                answer[0] = p.getData().toStringUtf8();
                return;
              }
            }
          }
        });
    try (var left = Files.list(out)) {
      assertThat(left.filter(p -> p.getFileName().toString().endsWith(".part"))).isEmpty();
    }
    return answer[0];
  }

  @Test
  void pathsThatLeaveTheDirectoryAreRefused() throws Exception {
    assertThat(refused(Stat.newBuilder().setPath("../evil").setMode(0644).build()))
        .contains("leaves the directory");
    assertThat(refused(Stat.newBuilder().setPath("/etc/passwd").setMode(0644).build()))
        .contains("not a clean relative path");
    assertThat(
            refused(
                Stat.newBuilder()
                    .setPath("l")
                    .setMode(dev.gatehouse.frontend.FileStat.SYMLINK | 0777)
                    .setLinkname("/tmp")
                    .build(),
                Stat.newBuilder().setPath("l/evil").setMode(0644).build()))
        .contains("comes before its directory");
    assertThat(
            refused(
                Stat.newBuilder()
                    .setPath("d")
                    .setMode(dev.gatehouse.frontend.FileStat.DIRECTORY | 0755)
                    .build(),
                Stat.newBuilder()
                    .setPath("d")
                    .setMode(dev.gatehouse.frontend.FileStat.SYMLINK | 0777)
                    .setLinkname("/tmp")
                    .build(),
                Stat.newBuilder().setPath("d/evil").setMode(0644).build()))
        .contains("comes twice");
    assertThat(refused(Stat.newBuilder().setPath("h").setMode(0644).setLinkname("nothing").build()))
        .contains("invalid link to unknown path");
  }

  @Test
  void anExportedFileIsWrittenWithItsFacts() throws Exception {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    Map<String, String>[] facts = new Map[1];
    during(
        BuildRequest.builder()
            .export(Export.of("image", Map.of()))
            .export(
                Export.toFile(
                    "tar",
                    Map.of(),
                    metadata -> {
                      facts[0] = metadata;
                      return file;
                    })),
        session -> {
          try (RpcStream stream =
              session.open(
                  "/moby.filesync.v1.FileSend/DiffCopy",
                  Map.of(
                      "buildkit-attachable-exporter-id", List.of("1"),
                      "exporter-md-name", List.of("x")))) {
            for (String part : List.of("hel", "lo")) {
              stream.send(
                  dev.gatehouse.protocol.filesync.BytesMessage.newBuilder()
                      .setData(ByteString.copyFromUtf8(part))
                      .build()
                      .toByteArray());
            }
            stream.closeSend();
            assertThat(stream.receive()).isNull();
          }
        });
    assertThat(file.toString(StandardCharsets.UTF_8)).isEqualTo("hello");
    assertThat(facts[0]).containsEntry("name", "x");
  }
}
