package dev.gatehouse.solver.worker.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.protocol.pb.ChownOpt;
import dev.gatehouse.protocol.pb.FileActionRm;
import dev.gatehouse.protocol.pb.FileActionSymlink;
import dev.gatehouse.protocol.pb.NamedUserOpt;
import dev.gatehouse.protocol.pb.UserOpt;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Graphs of actions, and the actions but the copy. */
class FileOperationIT extends FileOperationKit {
  @Test
  void aChainIsOneSnapshot() throws Exception {
    WorkerResult out =
        run(
                List.of(),
                action(-1, -1, -1, mkdir("/a")),
                action(0, -1, -1, mkdir("/b/c").setMakeParents(true)),
                action(1, -1, -1, mkfile("/a/f", "hello")),
                action(
                    2,
                    -1,
                    -1,
                    FileActionSymlink.newBuilder()
                        .setOldpath("../a/f")
                        .setNewpath("/b/link")
                        .setTimestamp(TIME)),
                action(3, -1, 0, FileActionRm.newBuilder().setPath("/b/c").setAllowWildcard(false)))
            .getFirst();
    assertThat(files(out)).containsExactly("a", "a/f", "b", "b/link");
  }

  @Test
  void intermediateTreesCanBeCopiedFrom() throws Exception {
    List<WorkerResult> out =
        run(
            List.of(),
            action(-1, -1, 1, mkfile("/f", "one")),
            action(0, -1, -1, mkfile("/g", "two")),
            action(
                -1, 1, 0, copy("/", "/copied/").setDirCopyContents(true).setCreateDestPath(true)));
    assertThat(files(out.get(0))).containsExactly("copied", "copied/f", "copied/g");
    assertThat(files(out.get(1))).containsExactly("f");
    look(
        out.get(0),
        (root, path) -> {
          FileStatus s = root.stat("/copied/f");
          assertThat(s.permissions()).isEqualTo(0640);
          assertThat(s.modifyTimeNanos()).isEqualTo(TIME);
        });
  }

  @Test
  void ownersModesAndTimes() throws Exception {
    WorkerResult base =
        tree(root -> {
          Files.createDirectory(root.resolve("etc"));
          Files.writeString(
              root.resolve("etc/passwd"), "root:x:0:0::/:\napp:x:1001:1002::/home/app:/bin/sh\n");
          Files.writeString(root.resolve("etc/group"), "root:x:0:\nstaff:x:50:\n");
        });
    WorkerResult source = tree(root -> Files.writeString(root.resolve("f"), "f"));
    ChownOpt.Builder app =
        ChownOpt.newBuilder()
            .setUser(
                UserOpt.newBuilder()
                    .setByName(NamedUserOpt.newBuilder().setName("app").setInput(0)));
    WorkerResult out =
        run(
                List.of(base, source),
                action(
                    0,
                    1,
                    -1,
                    copy("/f", "/made/f")
                        .setCreateDestPath(true)
                        .setOwner(app)
                        .setMode(0604)
                        .setTimestamp(TIME)),
                action(
                    2,
                    1,
                    -1,
                    copy("/f", "/deep/g")
                        .setCreateDestPath(true)
                        .setMode(0)
                        .setModeStr("u=rwx,go=")
                        .setOwner(
                            app.clone()
                                .setGroup(
                                    UserOpt.newBuilder()
                                        .setByName(
                                            NamedUserOpt.newBuilder()
                                                .setName("staff")
                                                .setInput(0))))),
                action(
                    3,
                    -1,
                    0,
                    mkdir("/d")
                        .setOwner(ChownOpt.newBuilder().setUser(UserOpt.newBuilder().setByID(9)))))
            .getFirst();
    look(
        out,
        (root, path) -> {
          FileStatus f = root.lstat("/made/f");
          assertThat(List.of(f.uid(), f.gid(), f.permissions())).containsExactly(1001, 1002, 0604);
          assertThat(f.modifyTimeNanos()).isEqualTo(TIME);
          FileStatus made = root.lstat("/made");
          assertThat(List.of(made.uid(), made.gid(), made.permissions()))
              .containsExactly(1001, 1002, 0604);
          assertThat(made.modifyTimeNanos()).isEqualTo(TIME);
          FileStatus g = root.lstat("/deep/g");
          assertThat(List.of(g.uid(), g.gid(), g.permissions())).containsExactly(1001, 50, 0700);
          assertThat(root.lstat("/deep").permissions()).isEqualTo(0755);
          assertThat(root.lstat("/d").gid()).isEqualTo(9);
        });
    assertThatThrownBy(() ->
            run(List.of(base, source), action(0, 1, 0, copy("/f", "/g").setModeStr("nonsense"))))
        .hasMessage("invalid mode \"nonsense\": invalid syntax");
  }

  @Test
  void nothingLeadsOutside() throws Exception {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "s");
    WorkerResult evil =
        tree(root -> {
          Files.createSymbolicLink(root.resolve("abs"), outside);
          Files.createSymbolicLink(root.resolve("up"), Path.of("../../../../../../.." + outside));
        });
    WorkerResult source = tree(root -> Files.writeString(root.resolve("f"), "f"));
    for (String link : List.of("abs", "up")) {
      run(
          List.of(evil, source),
          action(0, 1, 0, copy("/f", "/" + link + "/f").setCreateDestPath(true)));
      run(List.of(evil), action(0, -1, 0, mkdir("/" + link + "/d").setMakeParents(true)));
      run(
          List.of(evil),
          action(
              0,
              -1,
              0,
              FileActionRm.newBuilder().setPath("/" + link + "/secret").setAllowNotFound(true)));
      assertThatThrownBy(() ->
              run(
                  List.of(WorkerResult.SCRATCH, evil),
                  action(0, 1, 0, copy("/" + link + "/secret", "/x"))))
          .hasMessageContaining("no such file");
    }
    try (Stream<Path> s = Files.list(outside)) {
      assertThat(s).containsExactly(outside.resolve("secret"));
    }
  }

  @Test
  void failuresNameTheAction() throws Exception {
    assertThatThrownBy(() ->
            run(
                List.of(),
                action(-1, -1, -1, mkdir("/a")),
                action(0, -1, 0, mkfile("/missing/f", "x"))))
        .isInstanceOf(FileActionException.class)
        .hasMessage("open /missing: no such file or directory")
        .satisfies(e -> assertThat(((FileActionException) e).action()).isEqualTo(1));
    assertThatThrownBy(
            () -> run(List.of(), action(-1, -1, 0, FileActionRm.newBuilder().setPath("/x"))))
        .hasMessage("stat /x: no such file or directory");
    assertThatThrownBy(() -> run(List.of(), action(-1, -1, -1, mkdir("/a"))))
        .hasMessage("no outputs specified");
    assertThatThrownBy(() -> run(List.of(), action(3, -1, 0, mkdir("/a"))))
        .hasMessageContaining("invalid input index");
    assertThatThrownBy(() -> run(List.of(), action(0, -1, 0, mkdir("/a"))))
        .hasMessageContaining("loop");
  }
}
