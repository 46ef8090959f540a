package dev.gatehouse.solver.worker.file;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.pb.ChownOpt;
import dev.gatehouse.protocol.pb.FileAction;
import dev.gatehouse.protocol.pb.FileActionCopy;
import dev.gatehouse.protocol.pb.FileActionMkDir;
import dev.gatehouse.protocol.pb.FileActionMkFile;
import dev.gatehouse.protocol.pb.NamedUserOpt;
import dev.gatehouse.protocol.pb.UserOpt;
import dev.gatehouse.solver.core.CacheMap;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.worker.contenthash.ContentHashes;
import dev.gatehouse.solver.worker.contenthash.Selection;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The JSON that BuildKit marshals for the same messages, written out by hand from its tags. */
class FileCacheKeyTest {
  private static FileAction copy(int input, int secondary, int output, FileActionCopy.Builder c) {
    return FileAction.newBuilder()
        .setInput(input)
        .setSecondaryInput(secondary)
        .setOutput(output)
        .setCopy(c)
        .build();
  }

  private static Digest json(String actionJson, String rest) {
    return Digest.sha256(
        "{\"Type\":\"buildkit.file.v0\",\"Actions\":[\""
            + Base64.getEncoder().encodeToString(actionJson.getBytes())
            + "\"]"
            + rest
            + "}");
  }

  @Test
  void aCopyCountsByBaseNameAndContent() throws Exception {
    FileAction a =
        copy(
            0,
            1,
            0,
            FileActionCopy.newBuilder()
                .setSrc("/dir/file.txt")
                .setDest("/x<y>/")
                .setMode(-1)
                .setCreateDestPath(true)
                .setTimestamp(-1));
    CacheMap<WorkerResult> map = FileCacheKey.of(List.of(a), 2, new ContentHashes());
    assertThat(map.digest())
        .isEqualTo(
            json(
                "{\"src\":\"file.txt\",\"dest\":\"/x\\u003cy\\u003e/\",\"mode\":-1,"
                    + "\"createDestPath\":true,\"timestamp\":-1}",
                ""));
    assertThat(map.inputs().get(0).selector()).isEmpty();
    assertThat(map.inputs().get(0).contentDigest()).isEmpty();
    assertThat(map.inputs().get(1).selector()).hasValue(Digest.sha256("/dir/file.txt"));
    assertThat(map.inputs().get(1).contentDigest()).isPresent();
  }

  @Test
  void ownersByNameCountByTheirFiles() throws Exception {
    FileAction a =
        FileAction.newBuilder()
            .setInput(-1)
            .setSecondaryInput(-1)
            .setOutput(0)
            .setMkdir(
                FileActionMkDir.newBuilder()
                    .setPath("/d")
                    .setMode(0755)
                    .setMakeParents(true)
                    .setTimestamp(5)
                    .setOwner(
                        ChownOpt.newBuilder()
                            .setUser(
                                UserOpt.newBuilder()
                                    .setByName(
                                        NamedUserOpt.newBuilder().setName("app").setInput(0)))
                            .setGroup(UserOpt.newBuilder().setByID(7))))
            .build();
    CacheMap<WorkerResult> map = FileCacheKey.of(List.of(a), 1, new ContentHashes());
    assertThat(map.digest())
        .isEqualTo(
            json(
                "{\"path\":\"/d\",\"mode\":493,\"makeParents\":true,\"owner\":{\"user\":{\"User\":"
                    + "{\"byName\":{\"name\":\"app\"}}},\"group\":{\"User\":{\"byId\":7}}},"
                    + "\"timestamp\":5}",
                ",\"indexes\":[[-1,-1,0]]"));
    assertThat(map.inputs().get(0).selector()).hasValue(Digest.sha256("/etc/passwd"));
  }

  @Test
  void filesCarryTheirData() throws Exception {
    FileAction a =
        FileAction.newBuilder()
            .setInput(0)
            .setSecondaryInput(-1)
            .setOutput(0)
            .setMkfile(
                FileActionMkFile.newBuilder()
                    .setPath("/f")
                    .setMode(0644)
                    .setData(ByteString.copyFromUtf8("hello")))
            .build();
    assertThat(FileCacheKey.of(List.of(a), 1, new ContentHashes()).digest())
        .isEqualTo(json("{\"path\":\"/f\",\"mode\":420,\"data\":\"aGVsbG8=\"}", ""));
  }

  @Test
  void whatIsWrittenUponCountsWhole() throws Exception {
    FileAction a =
        copy(0, 0, 0, FileActionCopy.newBuilder().setSrc("/a").setDest("/b").setMode(-1));
    CacheMap<WorkerResult> map = FileCacheKey.of(List.of(a), 1, new ContentHashes());
    assertThat(map.inputs().get(0).contentDigest()).isEmpty();
  }

  @Test
  void pathsWithinOthersAreLeftOut() {
    assertThat(
            FileCacheKey.withoutDoubles(
                List.of(
                    Selection.of("/a/b", false),
                    Selection.of("/a", false),
                    Selection.of("/ab", false),
                    Selection.of("/a/b", true))))
        .containsExactly(
            Selection.of("/a", false), Selection.of("/a/b", true), Selection.of("/ab", false));
  }
}
