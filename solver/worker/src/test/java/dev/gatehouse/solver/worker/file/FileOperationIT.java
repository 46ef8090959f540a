package dev.gatehouse.solver.worker.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.ChownOpt;
import dev.gatehouse.protocol.pb.FileAction;
import dev.gatehouse.protocol.pb.FileActionCopy;
import dev.gatehouse.protocol.pb.FileActionMkDir;
import dev.gatehouse.protocol.pb.FileActionMkFile;
import dev.gatehouse.protocol.pb.FileActionRm;
import dev.gatehouse.protocol.pb.FileActionSymlink;
import dev.gatehouse.protocol.pb.FileOp;
import dev.gatehouse.protocol.pb.Input;
import dev.gatehouse.protocol.pb.NamedUserOpt;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.UserOpt;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ProgressSink;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.linux.Xattrs;
import dev.gatehouse.solver.store.ActiveReference;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.StoreOptions;
import dev.gatehouse.solver.worker.TestMachine;
import dev.gatehouse.solver.worker.contenthash.ContentHashes;
import dev.gatehouse.solver.worker.op.LlbOperation;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.OperationRequest;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileOperationIT {
  private static final long TIME = 1_234_567_890_123_456_789L;

  @TempDir Path temp;
  Store store;
  final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeEach
  void open() throws Exception {
    TestMachine.needsRoot();
    store = Store.open(temp.resolve("state"), StoreOptions.defaults());
  }

  @AfterEach
  void close() throws Exception {
    if (store != null) {
      for (AutoCloseable c : opened) {
        c.close();
      }
      assertThat(store.openHandles()).isZero();
      assertThat(store.openMounts()).isZero();
      store.close();
    }
  }

  interface Body {
    void run(Path root) throws Exception;
  }

  private WorkerResult tree(Body body) throws Exception {
    try (ActiveReference a =
        store.references().create(Optional.empty(), ReferenceOptions.of("test"))) {
      try (LocalMount m = a.localMount(false)) {
        body.run(m.path());
      }
      WorkerResult r = WorkerResult.of(a.commit());
      opened.add(r);
      return r;
    }
  }

  private List<WorkerResult> run(List<WorkerResult> inputs, FileAction... actions)
      throws Exception {
    Op.Builder op = Op.newBuilder();
    inputs.forEach(i -> op.addInputs(Input.getDefaultInstance()));
    op.setFile(FileOp.newBuilder().addAllActions(List.of(actions)));
    LlbOperation operation =
        FileOperation.factory(store.references(), new ContentHashes())
            .create(
                new OperationRequest(
                    Digest.sha256("x"),
                    op.build().toByteArray(),
                    new byte[0],
                    new Platform("linux", "amd64", "", "", List.of()),
                    Map.of()));
    operation.cacheMap(context());
    List<WorkerResult> results = operation.execute(inputs, context());
    opened.addAll(results);
    return results;
  }

  private static OperationContext context() {
    return (OperationContext)
        Proxy.newProxyInstance(
            OperationContext.class.getClassLoader(),
            new Class<?>[] {OperationContext.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "name" -> "file test";
                  case "progress" -> new VertexProgress(Digest.sha256("x"), ProgressSink.NONE);
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private static FileActionCopy.Builder copy(String src, String dest) {
    return FileActionCopy.newBuilder().setSrc(src).setDest(dest).setMode(-1).setTimestamp(-1);
  }

  private static FileAction action(int input, int secondary, int output, Object a) {
    FileAction.Builder b =
        FileAction.newBuilder().setInput(input).setSecondaryInput(secondary).setOutput(output);
    switch (a) {
      case FileActionCopy.Builder c -> b.setCopy(c);
      case FileActionMkDir.Builder c -> b.setMkdir(c);
      case FileActionMkFile.Builder c -> b.setMkfile(c);
      case FileActionRm.Builder c -> b.setRm(c);
      case FileActionSymlink.Builder c -> b.setSymlink(c);
      default -> throw new IllegalArgumentException();
    }
    return b.build();
  }

  private static FileActionMkFile.Builder mkfile(String path, String data) {
    return FileActionMkFile.newBuilder()
        .setPath(path)
        .setMode(0640)
        .setData(ByteString.copyFromUtf8(data))
        .setTimestamp(TIME);
  }

  private static FileActionMkDir.Builder mkdir(String path) {
    return FileActionMkDir.newBuilder().setPath(path).setMode(0750).setTimestamp(-1);
  }

  private List<String> files(WorkerResult r) throws Exception {
    ImmutableReference reference = r.reference().orElseThrow();
    try (LocalMount m = reference.localMount(true);
        Stream<Path> walk = Files.walk(m.path())) {
      TreeSet<String> names = new TreeSet<>();
      walk.forEach(p -> names.add(m.path().relativize(p).toString()));
      names.remove("");
      return List.copyOf(names);
    }
  }

  interface Look {
    void at(RootDirectory root, Path path) throws Exception;
  }

  private void look(WorkerResult r, Look look) throws Exception {
    try (LocalMount m = r.reference().orElseThrow().localMount(true);
        RootDirectory root = RootDirectory.open(m.path())) {
      look.at(root, m.path());
    }
  }

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
    assertThat(files(run(in, action(0, 1, 0, copy("/g", "/dir"))).getFirst())).contains("dir/g");
    assertThat(files(run(in, action(0, 1, 0, copy("/g", "/dir/h"))).getFirst())).contains("dir/h");
    assertThat(
            files(
                run(in, action(0, 1, 0, copy("/g", "/new/x/").setCreateDestPath(true))).getFirst()))
        .contains("new/x/g");
    assertThat(files(run(in, action(0, 1, 0, copy("/g", "/link/"))).getFirst())).contains("real/g");
    assertThat(files(run(in, action(0, 1, 0, copy("/d", "/dir"))).getFirst()))
        .contains("dir/d/f", "dir/d/e");
    assertThat(
            files(run(in, action(0, 1, 0, copy("/d", "/dir").setDirCopyContents(true))).getFirst()))
        .contains("dir/f", "dir/e")
        .doesNotContain("dir/d");
    assertThat(
            files(
                run(in, action(0, 1, 0, copy("/d/.", "/dir").setDirCopyContents(true))).getFirst()))
        .contains("dir/f");
    assertThatThrownBy(() -> run(in, action(0, 1, 0, copy("/g", "/none/deep/h"))))
        .hasMessage("failed to stat /none/deep/h: lstat /none/deep: no such file or directory");
    assertThatThrownBy(() -> run(in, action(0, 1, 0, copy("/missing", "/x"))))
        .hasMessage("lstat /missing: no such file or directory")
        .isInstanceOf(FileActionException.class);
    assertThat(
            files(
                run(in, action(0, 1, 0, copy("/d", "/link").setDirCopyContents(true))).getFirst()))
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
    assertThat(
            files(
                run(
                        in,
                        action(
                            0,
                            1,
                            0,
                            copy("/*.txt", "/o/").setAllowWildcard(true).setCreateDestPath(true)))
                    .getFirst()))
        .containsExactly("o", "o/a.txt", "o/b.txt");
    assertThat(
            files(
                run(
                        in,
                        action(
                            0,
                            1,
                            0,
                            copy("/*/e", "/o/").setAllowWildcard(true).setCreateDestPath(true)))
                    .getFirst()))
        .containsExactly("o", "o/e", "o/e/b.txt", "o/e/keep.md");
    assertThatThrownBy(() -> run(in, action(0, 1, 0, copy("/*.zip", "/").setAllowWildcard(true))))
        .hasMessage("/*.zip not found");
    assertThat(
            files(
                run(
                        in,
                        action(
                            0,
                            1,
                            0,
                            copy("/*.zip", "/").setAllowWildcard(true).setAllowEmptyWildcard(true)))
                    .getFirst()))
        .isEmpty();
    assertThat(
            files(
                run(
                        in,
                        action(
                            0,
                            1,
                            0,
                            copy("/", "/")
                                .setDirCopyContents(true)
                                .addIncludePatterns("**/*.txt")
                                .addExcludePatterns("d/a.txt")))
                    .getFirst()))
        .containsExactly("a.txt", "b.txt", "d", "d/e", "d/e/b.txt");
    assertThat(
            files(
                run(
                        in,
                        action(
                            0,
                            1,
                            0,
                            copy("/", "/")
                                .setDirCopyContents(true)
                                .addExcludePatterns("d")
                                .addExcludePatterns("!d/e/keep.md")))
                    .getFirst()))
        .containsExactly("a.txt", "b.txt", "c.md", "d", "d/e", "d/e/keep.md", "z", "z/q");
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
