package dev.gatehouse.solver.worker.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.protocol.pb.ChownOpt;
import dev.gatehouse.protocol.pb.FileActionCopy;
import dev.gatehouse.protocol.pb.FileActionRm;
import dev.gatehouse.protocol.pb.NamedUserOpt;
import dev.gatehouse.protocol.pb.UserOpt;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.Mounts;
import dev.gatehouse.solver.linux.Xattrs;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The copy action: what is copied, where it goes, and what of it is kept. */
class CopyIT extends FileOperationKit {
  /** What is there after a copy from the second tree into the first. */
  private List<String> copied(List<WorkerResult> trees, FileActionCopy.Builder copy)
      throws Exception {
    return files(run(trees, action(0, 1, 0, copy)).getFirst());
  }

  @Test
  void copiesKeepEverything() throws Exception {
    WorkerResult source =
        tree(root -> {
          Files.createDirectories(root.resolve("src/sub"));
          Files.writeString(root.resolve("src/one"), "1");
          Files.createLink(root.resolve("src/two"), root.resolve("src/one"));
          Files.createSymbolicLink(root.resolve("src/link"), Path.of("/one"));
          try (Directory d = Directory.open(root.resolve("src"))) {
            d.mknod("device", FileStatus.S_IFBLK | 0640, 7, 99);
            d.mknod("fifo", FileStatus.S_IFIFO | 0600, 0, 0);
            d.chmod("one", 04755);
            d.chown("one", 11, 22);
            d.chmod("one", 04755);
            d.setTimes("one", 100, 5);
            d.setTimes("sub", 200, 7);
            d.setTimes("link", 300, 9);
            d.chmod("sub", 02775);
          }
          Xattrs.set(root.resolve("src/one"), "user.note", new byte[] {1, 2});
        });
    WorkerResult out =
        run(
                List.of(WorkerResult.SCRATCH, source),
                action(0, 1, 0, copy("/src", "/dst").setDirCopyContents(true)))
            .getFirst();
    look(
        out,
        (root, path) -> {
          FileStatus one = root.lstat("/dst/one");
          assertThat(one.permissions()).isEqualTo(04755);
          assertThat(one.uid()).isEqualTo(11);
          assertThat(one.gid()).isEqualTo(22);
          assertThat(one.modifySeconds()).isEqualTo(100);
          assertThat(one.modifyNanos()).isEqualTo(5);
          assertThat(root.lstat("/dst/two").inode()).isEqualTo(one.inode());
          assertThat(root.readlink("/dst/link")).isEqualTo("/one");
          assertThat(root.lstat("/dst/link").modifySeconds()).isEqualTo(300);
          assertThat(root.lstat("/dst/device").type()).isEqualTo(FileStatus.S_IFBLK);
          assertThat(root.lstat("/dst/device").deviceMinor()).isEqualTo(99);
          assertThat(root.lstat("/dst/fifo").type()).isEqualTo(FileStatus.S_IFIFO);
          assertThat(root.lstat("/dst/sub").modifySeconds()).isEqualTo(200);
          assertThat(root.lstat("/dst/sub").permissions()).isEqualTo(02775);
          assertThat(Xattrs.get(path.resolve("dst/one"), "user.note")).hasValue(new byte[] {1, 2});
        });
  }

  @Test
  void destinationsAreAsCopysRules() throws Exception {
    WorkerResult base =
        tree(root -> {
          Files.createDirectory(root.resolve("dir"));
          Files.createDirectory(root.resolve("real"));
          Files.createSymbolicLink(root.resolve("link"), Path.of("/real"));
        });
    WorkerResult source =
        tree(root -> {
          Files.createDirectories(root.resolve("d/e"));
          Files.writeString(root.resolve("d/f"), "f");
          Files.writeString(root.resolve("g"), "g");
        });
    List<WorkerResult> in = List.of(base, source);
    assertThat(copied(in, copy("/g", "/dir"))).contains("dir/g");
    assertThat(copied(in, copy("/g", "/dir/h"))).contains("dir/h");
    assertThat(copied(in, copy("/g", "/new/x/").setCreateDestPath(true))).contains("new/x/g");
    assertThat(copied(in, copy("/g", "/link/"))).contains("real/g");
    assertThat(copied(in, copy("/d", "/dir"))).contains("dir/d/f", "dir/d/e");
    assertThat(copied(in, copy("/d", "/dir").setDirCopyContents(true)))
        .contains("dir/f", "dir/e")
        .doesNotContain("dir/d");
    assertThat(copied(in, copy("/d/.", "/dir").setDirCopyContents(true))).contains("dir/f");
    assertThatThrownBy(() -> run(in, action(0, 1, 0, copy("/g", "/none/deep/h"))))
        .hasMessage("failed to stat /none/deep/h: lstat /none/deep: no such file or directory");
    assertThatThrownBy(() -> run(in, action(0, 1, 0, copy("/missing", "/x"))))
        .hasMessage("lstat /missing: no such file or directory")
        .isInstanceOf(FileActionException.class);
    assertThat(copied(in, copy("/d", "/link").setDirCopyContents(true)))
        .as("a link at the destination itself is followed")
        .contains("real/f");
  }

  @Test
  void replacing() throws Exception {
    WorkerResult base =
        tree(root -> {
          Files.writeString(root.resolve("x"), "file");
          Files.createDirectory(root.resolve("y"));
        });
    WorkerResult source =
        tree(root -> {
          Files.createDirectories(root.resolve("s/x"));
          Files.writeString(root.resolve("s/x/in"), "x");
          Files.writeString(root.resolve("s/y"), "y");
        });
    List<WorkerResult> in = List.of(base, source);
    assertThatThrownBy(() -> run(in, action(0, 1, 0, copy("/s", "/").setDirCopyContents(true))))
        .hasMessageContaining("cannot copy to non-directory");
    WorkerResult out =
        run(
                in,
                action(
                    0,
                    1,
                    0,
                    copy("/s", "/")
                        .setDirCopyContents(true)
                        .setAlwaysReplaceExistingDestPaths(true)))
            .getFirst();
    assertThat(files(out)).containsExactly("x", "x/in", "y");
    look(out, (root, path) -> assertThat(root.lstat("/y").isRegular()).isTrue());
  }

  @Test
  void wildcardsAndPatterns() throws Exception {
    WorkerResult source =
        tree(root -> {
          for (String f :
              List.of("a.txt", "b.txt", "c.md", "d/a.txt", "d/e/b.txt", "d/e/keep.md", "z/q")) {
            Files.createDirectories(root.resolve(f).getParent());
            Files.writeString(root.resolve(f), f);
          }
        });
    List<WorkerResult> in = List.of(WorkerResult.SCRATCH, source);
    assertThat(copied(in, copy("/*.txt", "/o/").setAllowWildcard(true).setCreateDestPath(true)))
        .containsExactly("o", "o/a.txt", "o/b.txt");
    assertThat(copied(in, copy("/*/e", "/o/").setAllowWildcard(true).setCreateDestPath(true)))
        .containsExactly("o", "o/e", "o/e/b.txt", "o/e/keep.md");
    assertThatThrownBy(() -> run(in, action(0, 1, 0, copy("/*.zip", "/").setAllowWildcard(true))))
        .hasMessage("/*.zip not found");
    assertThat(copied(in, copy("/*.zip", "/").setAllowWildcard(true).setAllowEmptyWildcard(true)))
        .isEmpty();
    assertThat(
            copied(
                in,
                copy("/", "/")
                    .setDirCopyContents(true)
                    .addIncludePatterns("**/*.txt")
                    .addExcludePatterns("d/a.txt")))
        .containsExactly("a.txt", "b.txt", "d", "d/e", "d/e/b.txt");
    assertThat(
            copied(
                in,
                copy("/", "/")
                    .setDirCopyContents(true)
                    .addExcludePatterns("d")
                    .addExcludePatterns("!d/e/keep.md")))
        .containsExactly("a.txt", "b.txt", "c.md", "d", "d/e", "d/e/keep.md", "z", "z/q");
  }

  @Test
  void archivesAreUnpacked() throws Exception {
    Path files = Files.createDirectories(temp.resolve("archive/sub"));
    Files.writeString(files.resolve("f"), "content");
    Files.createSymbolicLink(files.resolve("l"), Path.of("f"));
    WorkerResult source =
        tree(root -> {
          for (String[] c :
              new String[][] {
                {"plain.tar", ""},
                {"a.tgz", "z"},
                {"a.tar.xz", "J"},
                {"a.tar.bz2", "j"},
                {"a.tar.zst", "--zstd"}
              }) {
            List<String> command =
                new ArrayList<>(List.of("tar", "-C", temp.resolve("archive").toString()));
            if (!c[1].isEmpty()) {
              command.add(c[1].startsWith("-") ? c[1] : "-" + c[1]);
            }
            command.addAll(List.of("-cf", root.resolve(c[0]).toString(), "sub"));
            Process p = new ProcessBuilder(command).inheritIO().start();
            if (p.waitFor() != 0) {
              Files.delete(root.resolve(c[0]));
            }
          }
          Files.writeString(root.resolve("text"), "no archive, but more than one block".repeat(50));
        });
    List<WorkerResult> in = List.of(WorkerResult.SCRATCH, source);
    for (String archive : files(source)) {
      WorkerResult out =
          run(
                  in,
                  action(
                      0,
                      1,
                      0,
                      copy("/" + archive, "/o/")
                          .setCreateDestPath(true)
                          .setAttemptUnpackDockerCompatibility(true)
                          .setOwner(
                              ChownOpt.newBuilder().setUser(UserOpt.newBuilder().setByID(5)))))
              .getFirst();
      if (archive.equals("text")) {
        assertThat(files(out)).containsExactly("o", "o/text");
      } else {
        assertThat(files(out)).as(archive).containsExactly("o", "o/sub", "o/sub/f", "o/sub/l");
        look(out, (root, path) -> assertThat(root.lstat("/o/sub/f").uid()).isEqualTo(5));
      }
    }
  }

  @Test
  void betweenTreesOfSeveralLayersNothingIsMountedForReading() throws Exception {
    WorkerResult base =
        tree(root -> {
          Files.createDirectories(root.resolve("d/below"));
          Files.writeString(root.resolve("d/below/kept"), "kept");
          Files.writeString(root.resolve("d/gone"), "gone");
          Files.writeString(root.resolve("d/one"), "linked");
          Files.createLink(root.resolve("d/two"), root.resolve("d/one"));
          Files.createSymbolicLink(root.resolve("link"), Path.of("/d"));
          Files.createDirectory(root.resolve("etc"));
          Files.writeString(root.resolve("etc/passwd"), "someone:x:1000:1001::/:/bin/sh\n");
        });
    WorkerResult changed =
        run(
                List.of(base),
                action(0, -1, -1, FileActionRm.newBuilder().setPath("/d/gone")),
                action(1, -1, 0, mkfile("/d/below/new", "new")))
            .getFirst();
    WorkerResult replaced =
        run(
                List.of(changed),
                action(0, -1, -1, FileActionRm.newBuilder().setPath("/d/below")),
                action(1, -1, -1, mkdir("/d/below")),
                action(2, -1, 0, mkfile("/d/below/newer", "newer")))
            .getFirst();
    WorkerResult target = run(List.of(base), action(0, -1, 0, mkfile("/more", ""))).getFirst();
    NamedUserOpt someone = NamedUserOpt.newBuilder().setName("someone").setInput(1).build();
    WorkerResult out =
        run(
                List.of(target, replaced),
                action(
                    0,
                    1,
                    0,
                    copy("/link", "/copied")
                        .setDirCopyContents(true)
                        .setFollowSymlink(true)
                        .setCreateDestPath(true)
                        .setOwner(
                            ChownOpt.newBuilder()
                                .setUser(UserOpt.newBuilder().setByName(someone)))))
            .getFirst();
    // What is mounted to be read would be kept for the next that reads it.
    assertThat(Mounts.below(temp)).isEmpty();
    assertThat(files(out).stream().filter(f -> f.startsWith("copied")))
        .containsExactly(
            "copied", "copied/below", "copied/below/newer", "copied/one", "copied/two");
    look(
        out,
        (root, path) -> {
          assertThat(root.stat("/copied/one").inode()).isEqualTo(root.stat("/copied/two").inode());
          assertThat(root.stat("/copied/below/newer").uid()).isEqualTo(1000);
          assertThat(root.stat("/copied/below/newer").gid()).isEqualTo(1001);
          assertThat(Files.readString(path.resolve("copied/below/newer"))).isEqualTo("newer");
        });
  }
}
