package dev.gatehouse.solver.worker.source.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.fsutil.Packet;
import dev.gatehouse.protocol.fsutil.Packet.PacketType;
import dev.gatehouse.solver.worker.TestMachine;
import dev.gatehouse.solver.worker.source.local.TreeReceiver.Differ;
import dev.gatehouse.solver.worker.source.local.TreeReceiver.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TreeReceiverTest {
  @TempDir Path directory;

  @BeforeEach
  void ownerships() {
    TestMachine.needsRoot();
  }

  private Outcome receive(ScriptedSender sender) throws IOException, InterruptedException {
    return TreeReceiver.receive(sender.announce(), directory, Differ.METADATA, n -> {});
  }

  private static ScriptedSender tree() {
    return new ScriptedSender()
        .file("a.txt", "alpha", 1_000_000_003L)
        .directory("d")
        .file("d/b", "beta beta", 2_000_000_000L)
        .hardLink("d/c", "d/b", 9, 2_000_000_000L)
        .symlink("d/link", "../../../etc/passwd")
        .directory("d/sub")
        .file("d/sub/empty", "", 3L)
        .file("d-after", "sorts after d/*", 4L);
  }

  @Test
  void receivesFilesDirectoriesAndLinks() throws Exception {
    Outcome outcome = receive(tree());
    assertThat(directory.resolve("a.txt")).hasContent("alpha");
    assertThat(directory.resolve("d/c")).hasContent("beta beta");
    assertThat(Files.getAttribute(directory.resolve("d/b"), "unix:nlink")).isEqualTo(2);
    assertThat(Files.readSymbolicLink(directory.resolve("d/link")).toString())
        .isEqualTo("../../../etc/passwd");
    assertThat(Files.size(directory.resolve("d/sub/empty"))).isZero();
    assertThat(Files.getLastModifiedTime(directory.resolve("a.txt")).toInstant())
        .isEqualTo(Instant.ofEpochSecond(1, 3));
    assertThat(Files.getLastModifiedTime(directory.resolve("d")).toInstant())
        .isEqualTo(Instant.ofEpochSecond(5, 7));
    assertThat((int) Files.getAttribute(directory.resolve("a.txt"), "unix:mode") & 07777)
        .isEqualTo(0640);
    assertThat(outcome.changed()).hasSize(8);
  }

  @Test
  void transfersNothingTheSecondTime() throws Exception {
    receive(tree());
    ScriptedSender again = tree();
    Outcome outcome = receive(again);
    assertThat(again.requested).isEmpty();
    assertThat(outcome.changed()).isEmpty();
  }

  @Test
  void transfersWhatChangedAndDeletesWhatIsGone() throws Exception {
    receive(tree());
    ScriptedSender next =
        new ScriptedSender()
            .file("a.txt", "ALPHA", 1_000_000_004L)
            .directory("d")
            .file("d/b", "beta beta", 2_000_000_000L)
            .file("d/sub", "now a file", 6L);
    Outcome outcome = receive(next);
    assertThat(next.requested).containsExactly("a.txt", "d/sub");
    assertThat(directory.resolve("a.txt")).hasContent("ALPHA");
    assertThat(directory.resolve("d/sub")).hasContent("now a file");
    assertThat(directory.resolve("d/c")).doesNotExist();
    assertThat(directory.resolve("d/link")).doesNotExist();
    assertThat(directory.resolve("d-after")).doesNotExist();
    assertThat(outcome.changed())
        .containsExactlyInAnyOrder("a.txt", "d/sub", "d/c", "d/link", "d-after");
    assertThat(Files.getLastModifiedTime(directory.resolve("d")).toInstant())
        .isEqualTo(Instant.ofEpochSecond(5, 7));
  }

  @Test
  void linksFollowTheirTargetWhenItChanges() throws Exception {
    receive(new ScriptedSender().file("b", "one", 1).hardLink("c", "b", 3, 1));
    receive(new ScriptedSender().file("b", "two", 2).hardLink("c", "b", 3, 2));
    assertThat(directory.resolve("c")).hasContent("two");
  }

  @Test
  void replacesASymlinkToADirectoryInPlace() throws Exception {
    Path outside = Files.createDirectory(directory.resolve("outside-of-it"));
    Files.createSymbolicLink(directory.resolve("d"), outside);
    receive(new ScriptedSender().directory("d").file("d/x", "x", 1).directory("outside-of-it"));
    assertThat(Files.isDirectory(directory.resolve("d"), LinkOption.NOFOLLOW_LINKS)).isTrue();
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void refusesPathsThatEscape() {
    for (String path : new String[] {"../x", "/x", "a/../../x", "a//b", "", "."}) {
      ScriptedSender sender = new ScriptedSender().file(path, "x", 1);
      assertThatThrownBy(() -> receive(sender)).isInstanceOf(IOException.class);
      assertThat(sender.errors).hasSize(1);
    }
  }

  @Test
  void refusesFilesBelowSymlinksAndOutOfOrder() {
    assertThatThrownBy(() -> receive(new ScriptedSender().symlink("s", "/etc").file("s/x", "x", 1)))
        .hasMessageContaining("changes out of order");
    assertThatThrownBy(() -> receive(new ScriptedSender().file("b", "x", 1).file("a", "x", 1)))
        .hasMessage("changes out of order: \"a\" after \"b\"");
    assertThatThrownBy(() -> receive(new ScriptedSender().hardLink("b", "../../etc/shadow", 1, 1)))
        .hasMessageContaining("invalid link b to unknown path");
  }

  @Test
  void passesOnTheSendersError() {
    ScriptedSender sender =
        new ScriptedSender()
            .say(
                Packet.newBuilder()
                    .setType(PacketType.PACKET_ERR)
                    .setData(ByteString.copyFromUtf8("permission denied"))
                    .build());
    assertThatThrownBy(() -> receive(sender)).hasMessage("error from sender: permission denied");
  }

  @Test
  void saysThatTheClientLeft() {
    assertThatThrownBy(() ->
            TreeReceiver.receive(new ScriptedSender().end(), directory, Differ.METADATA, n -> {}))
        .hasMessage("the client ended the transfer early");
  }
}
