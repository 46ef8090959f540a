package dev.gatehouse.solver.worker.contenthash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.solver.core.CacheKeys;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.linux.RootDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeHashesTest {
  @TempDir Path tree;

  @BeforeEach
  void plant() throws Exception {
    Files.createDirectories(tree.resolve("src/deep"));
    Files.createDirectories(tree.resolve("other"));
    Files.writeString(tree.resolve("src/a.c"), "int a;");
    Files.writeString(tree.resolve("src/b.c"), "int b;");
    Files.writeString(tree.resolve("src/b.h"), "extern int b;");
    Files.writeString(tree.resolve("src/deep/c.c"), "int c;");
    Files.writeString(tree.resolve("other/x"), "x");
    Files.createSymbolicLink(tree.resolve("link"), Path.of("/src/a.c"));
    Files.createSymbolicLink(tree.resolve("escape"), Path.of("../../../../etc/hostname"));
  }

  private Digest of(Selection selection) throws Exception {
    return of(selection, Optional.empty());
  }

  private Digest of(Selection selection, Optional<FileDigests> known) throws Exception {
    try (RootDirectory root = RootDirectory.open(tree)) {
      return new TreeHashes().checksum(root, selection, known);
    }
  }

  private static Selection wild(String path, List<String> includes, List<String> excludes) {
    return new Selection(path, true, true, includes, excludes, List.of());
  }

  @Test
  void timesDoNotCountButModesNamesAndContentDo() throws Exception {
    Digest before = of(Selection.of("/src", true));
    Files.setLastModifiedTime(tree.resolve("src/a.c"), FileTime.fromMillis(77_000));
    Files.setLastModifiedTime(tree.resolve("src"), FileTime.fromMillis(78_000));
    assertThat(of(Selection.of("src/", true))).isEqualTo(before);

    Files.setPosixFilePermissions(
        tree.resolve("src/a.c"), PosixFilePermissions.fromString("rwx------"));
    Digest mode = of(Selection.of("/src", true));
    assertThat(mode).isNotEqualTo(before);

    Files.writeString(tree.resolve("src/deep/c.c"), "int d;");
    Digest content = of(Selection.of("/src", true));
    assertThat(content).isNotEqualTo(mode);

    Files.move(tree.resolve("src/deep/c.c"), tree.resolve("src/deep/d.c"));
    assertThat(of(Selection.of("/src", true))).isNotEqualTo(content);
  }

  @Test
  void whatIsNotSelectedDoesNotCount() throws Exception {
    Digest before = of(Selection.of("/src", true));
    Digest c = of(wild("/src/*.c", List.of(), List.of()));
    Digest excluded = of(wild("/src", List.of(), List.of("**/*.h", "deep")));
    Digest included = of(wild("/src", List.of("*.c"), List.of()));
    Files.writeString(tree.resolve("other/x"), "y");
    Files.writeString(tree.resolve("src/b.h"), "extern long b;");
    assertThat(of(Selection.of("/src", true))).isNotEqualTo(before);
    assertThat(of(wild("/src/*.c", List.of(), List.of()))).isEqualTo(c);
    assertThat(of(wild("/src", List.of(), List.of("**/*.h", "deep")))).isEqualTo(excluded);
    assertThat(of(wild("/src", List.of("*.c"), List.of()))).isEqualTo(included);
    Files.writeString(tree.resolve("src/a.c"), "long a;");
    assertThat(of(wild("/src/*.c", List.of(), List.of()))).isNotEqualTo(c);
    assertThat(of(wild("/src", List.of(), List.of("**/*.h", "deep")))).isNotEqualTo(excluded);
    assertThat(of(wild("/src", List.of("*.c"), List.of()))).isNotEqualTo(included);
  }

  @Test
  void linksStandForTheirTargetsOnlyWhenAskedTo() throws Exception {
    assertThat(of(Selection.of("/link", true))).isEqualTo(of(Selection.of("/src/a.c", true)));
    Digest itself = of(Selection.of("/link", false));
    Files.writeString(tree.resolve("src/a.c"), "changed");
    assertThat(of(Selection.of("/link", false))).isEqualTo(itself);
  }

  @Test
  void linksDoNotLeaveTheTree() {
    assertThatThrownBy(() -> of(Selection.of("/escape", true)))
        .hasMessageStartingWith("\"/escape\": not found");
  }

  @Test
  void aMissingPathNamesOneThatIsNear() {
    assertThatThrownBy(() -> of(Selection.of("/scr", true)))
        .isInstanceOf(MissingPathException.class)
        .hasMessage("\"/scr\": not found; did you mean \"/src\"?");
    assertThatThrownBy(() -> of(Selection.of("/src/A.c", true)))
        .hasMessage("\"/src/A.c\": not found; did you mean \"/src/a.c\"?");
    assertThatThrownBy(() -> of(Selection.of("/nothing/like/it", true)))
        .hasMessage("\"/nothing/like/it\": not found");
    assertThatThrownBy(
            () -> of(new Selection("/", false, true, List.of("nope"), List.of(), List.of("nope"))))
        .hasMessageStartingWith("\"nope\": not found");
  }

  @Test
  void nothingMatchedIsTheEmptyChecksum() throws Exception {
    assertThat(of(wild("/*.none", List.of(), List.of())))
        .isEqualTo(of(wild("/*.never", List.of(), List.of())));
  }

  @Test
  void aFileReadOnceIsKnownByItsIdentity() throws Exception {
    FileDigests known = new FileDigests();
    Digest first = of(Selection.of("/", true), Optional.of(known));
    assertThat(of(Selection.of("/", true), Optional.of(known))).isEqualTo(first);
    Files.writeString(tree.resolve("src/a.c"), "int z;");
    assertThat(of(Selection.of("/", true), Optional.of(known))).isNotEqualTo(first);
  }

  /** The records that BuildKit 0.32 exported for {@code COPY} of such files and directories. */
  @Test
  void digestsAreThoseOfBuildKit() throws Exception {
    Path file = Files.writeString(tree.resolve("file"), "hello\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    Object owner = Files.getAttribute(file, "unix:uid");
    org.junit.jupiter.api.Assumptions.assumeTrue(
        owner.equals(0), "the recorded digests are of files that belong to root");
    assertThat(of(Selection.of("/file", true)).toString())
        .isEqualTo("sha256:09eefdc91e8894bc767daae7daa5a4e8cbf396610f10ae20604d9086c76d4a93");
    Digest counted = Digest.sha256(of(Selection.of("/file", true)).toString());
    assertThat(CacheKeys.root(counted, CacheKeys.CONTENT))
        .isEqualTo("sha256:c24a47b576469b52903dd7e5045a62fee5855b447dee1771d67b829458d2c08e");
  }
}
