package dev.gatehouse.solver.worker.file;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.FileAction;
import dev.gatehouse.protocol.pb.FileActionCopy;
import dev.gatehouse.protocol.pb.FileActionMkDir;
import dev.gatehouse.protocol.pb.FileActionMkFile;
import dev.gatehouse.protocol.pb.FileActionRm;
import dev.gatehouse.protocol.pb.FileActionSymlink;
import dev.gatehouse.protocol.pb.FileOp;
import dev.gatehouse.protocol.pb.Input;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ProgressSink;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.linux.RootDirectory;
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
import org.junit.jupiter.api.io.TempDir;

/** Trees, actions and what comes of them, in a store that has to be clean afterwards. */
abstract class FileOperationKit {

  static final long TIME = 1_234_567_890_123_456_789L;

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

  WorkerResult tree(Body body) throws Exception {
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

  List<WorkerResult> run(List<WorkerResult> inputs, FileAction... actions) throws Exception {
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

  static OperationContext context() {
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

  static FileActionCopy.Builder copy(String src, String dest) {
    return FileActionCopy.newBuilder().setSrc(src).setDest(dest).setMode(-1).setTimestamp(-1);
  }

  static FileAction action(int input, int secondary, int output, Object a) {
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

  static FileActionMkFile.Builder mkfile(String path, String data) {
    return FileActionMkFile.newBuilder()
        .setPath(path)
        .setMode(0640)
        .setData(ByteString.copyFromUtf8(data))
        .setTimestamp(TIME);
  }

  static FileActionMkDir.Builder mkdir(String path) {
    return FileActionMkDir.newBuilder().setPath(path).setMode(0750).setTimestamp(-1);
  }

  List<String> files(WorkerResult r) throws Exception {
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

  void look(WorkerResult r, Look look) throws Exception {
    try (LocalMount m = r.reference().orElseThrow().localMount(true);
        RootDirectory root = RootDirectory.open(m.path())) {
      look.at(root, m.path());
    }
  }
}
