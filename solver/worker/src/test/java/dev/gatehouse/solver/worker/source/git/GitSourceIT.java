package dev.gatehouse.solver.worker.source.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.StoreOptions;
import dev.gatehouse.solver.worker.FakeBuild;
import dev.gatehouse.solver.worker.TestMachine;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.source.ResolveOptions;
import dev.gatehouse.solver.worker.source.SourceInstance;
import dev.gatehouse.solver.worker.source.SourceKey;
import dev.gatehouse.solver.worker.source.SourceMetadata;
import dev.gatehouse.solver.worker.source.SourceRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Repositories made here and served over HTTP, checked out into a real store. */
@Timeout(60)
class GitSourceIT {
  @TempDir Path directory;
  private Path work;
  private Path bare;
  private GitServer server;
  private Store store;
  private GitSource source;
  private FakeBuild build;

  @BeforeEach
  void open() throws Exception {
    TestMachine.needsRoot();
    TestMachine.needs(GitServer.BACKEND, "git");
    work = Files.createDirectories(directory.resolve("work"));
    Path served = Files.createDirectories(directory.resolve("served"));
    bare = served.resolve("repo.git");
    git(work, "init", "-q", "-b", "main");
    write("file", "one\n");
    write("sub/inner", "inner\n");
    Files.createSymbolicLink(work.resolve("link"), Path.of("sub"));
    commit("first");
    git(directory, "clone", "-q", "--bare", work.toString(), bare.toString());
    server = new GitServer(served);
    store = Store.open(directory.resolve("store"), StoreOptions.defaults());
    source = new GitSource(store.references(), Files.createDirectories(directory.resolve("tmp")));
    build = new FakeBuild(store);
  }

  @AfterEach
  void close() {
    if (store != null) {
      build.close();
      store.close();
      server.close();
    }
  }

  private static String git(Path at, String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of("-c", "user.name=T", "-c", "user.email=t@example.com"));
    command.addAll(List.of("-c", "protocol.file.allow=always"));
    command.addAll(List.of(args));
    Process process =
        new ProcessBuilder(command)
            .directory(at.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("git %s", String.join(" ", args)).isZero();
    return out.strip();
  }

  private void write(String file, String text) throws IOException {
    Path path = work.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private String commit(String message) throws Exception {
    git(work, "add", "-A");
    git(work, "commit", "-q", "-m", message, "--date", "2001-02-03T04:05:06Z");
    return git(work, "rev-parse", "HEAD");
  }

  private void push() throws Exception {
    git(work, "push", "-q", "--force", "--tags", bare.toString(), "HEAD:main");
  }

  private SourceInstance instance(String fragment, Map<String, String> attributes)
      throws Exception {
    Map<String, String> all = new HashMap<>(attributes);
    all.put("git.fullurl", server.url("repo.git"));
    return source.instance(
        SourceRequest.of("git://127.0.0.1/repo.git" + fragment, all, Platform.LINUX_AMD64));
  }

  private void checkout(String fragment, Map<String, String> attributes, Checker checker)
      throws Exception {
    build.begin();
    SourceInstance instance = instance(fragment, attributes);
    instance.key(build);
    try (WorkerResult result = instance.snapshot(build);
        LocalMount mount = result.reference().orElseThrow().localMount(true)) {
      checker.check(mount.path());
    }
  }

  private interface Checker {
    void check(Path root) throws Exception;
  }

  @Test
  void theDefaultBranchIsCheckedOut() throws Exception {
    SourceKey key = instance("", Map.of()).key(build);
    String head = git(work, "rev-parse", "HEAD");
    assertThat(key.key()).isEqualTo(head);
    assertThat(key.pin()).isEqualTo(head);
    checkout(
        "",
        Map.of(),
        root -> {
          assertThat(root.resolve("file")).hasContent("one\n");
          assertThat(Files.readSymbolicLink(root.resolve("link"))).hasToString("sub");
          assertThat(root.resolve(".git")).doesNotExist();
          assertThat((int) Files.getAttribute(root.resolve("file"), "unix:mode") & 0777)
              .isEqualTo(0644);
        });
  }

  @Test
  void branchesMoveAndCommitsStay() throws Exception {
    String first = git(work, "rev-parse", "HEAD");
    checkout("#main", Map.of(), root -> assertThat(root.resolve("file")).hasContent("one\n"));
    write("file", "two\n");
    commit("second");
    push();
    assertThat(instance("#main", Map.of()).key(build).key()).as("in one build").isEqualTo(first);
    checkout("#main", Map.of(), root -> assertThat(root.resolve("file")).hasContent("two\n"));
    checkout("#" + first, Map.of(), root -> assertThat(root.resolve("file")).hasContent("one\n"));
    int before = server.requests.get();
    checkout("#" + first, Map.of(), root -> assertThat(root.resolve("file")).exists());
    assertThat(server.requests.get()).isEqualTo(before);
  }

  @Test
  void annotatedTagsAreKnownByTheirCommit() throws Exception {
    git(work, "tag", "-a", "v1", "-m", "version");
    push();
    String head = git(work, "rev-parse", "HEAD");
    String tag = git(work, "rev-parse", "v1");
    SourceKey key = instance("#v1", Map.of()).key(build);
    assertThat(key.key()).isEqualTo(head);
    assertThat(key.pin()).isEqualTo(tag);
    checkout(
        "#v1", Map.of("git.checksum", head), root -> assertThat(root.resolve("file")).exists());
    write("file", "three\n");
    commit("third");
    git(work, "tag", "-f", "-a", "v1", "-m", "again");
    push();
    checkout("#v1", Map.of(), root -> assertThat(root.resolve("file")).hasContent("three\n"));
    SourceMetadata.Git metadata =
        (SourceMetadata.Git)
            source
                .resolve(
                    SourceRequest.of(
                        "git://127.0.0.1/repo.git#v1",
                        Map.of("git.fullurl", server.url("repo.git")),
                        Platform.LINUX_AMD64),
                    new ResolveOptions("", false, true, Optional.empty()),
                    build)
                .details();
    assertThat(metadata.reference()).isEqualTo("refs/tags/v1");
    assertThat(new String(metadata.tagObject(), StandardCharsets.UTF_8))
        .contains("tag v1", "again");
    assertThat(new String(metadata.commitObject(), StandardCharsets.UTF_8)).contains("third");
  }

  @Test
  void onlyASubdirectoryIsTaken() throws Exception {
    checkout(
        "#main:sub",
        Map.of(),
        root -> {
          try (var files = Files.list(root)) {
            assertThat(files.map(p -> p.getFileName().toString())).containsExactly("inner");
          }
        });
    assertThatThrownBy(() -> checkout("#main:link", Map.of(), root -> {}))
        .isInstanceOf(SolveException.class)
        .hasMessage("invalid subdir link: git subpath \"link\" contains non-directory \"link\"");
    assertThatThrownBy(() -> checkout("#main:none", Map.of(), root -> {}))
        .hasMessageContaining("failed to lstat \"none\"");
  }

  @Test
  void theHistoryIsKeptWhenAsked() throws Exception {
    SourceKey key = instance("#main", Map.of("git.keepgitdir", "true")).key(build);
    assertThat(key.key()).endsWith(".git#refs/heads/main");
    checkout(
        "#main",
        Map.of("git.keepgitdir", "true"),
        root -> {
          assertThat(git(root, "-c", "safe.directory=*", "log", "--format=%s")).isEqualTo("first");
          assertThat(git(root, "-c", "safe.directory=*", "status", "--porcelain")).isEmpty();
          assertThat(git(root, "-c", "safe.directory=*", "remote", "get-url", "origin"))
              .isEqualTo(server.url("repo.git"));
        });
  }

  @Test
  void checksumsAreHeldAgainstWhatIsFound() throws Exception {
    String head = git(work, "rev-parse", "HEAD");
    checkout("#main", Map.of("git.checksum", head.substring(0, 8)), root -> {});
    assertThatThrownBy(() -> instance("#main", Map.of("git.checksum", "0000")).key(build))
        .hasMessage("expected checksum to match 0000, got " + head);
    checkout(
        "#main",
        Map.of("git.checksum", head, "git.fetchbycommit", "true"),
        root -> assertThat(root.resolve("file")).hasContent("one\n"));
    assertThatThrownBy(() -> instance("#nothing", Map.of()).key(build))
        .hasMessageStartingWith("repository does not contain ref nothing");
  }

  @Test
  void tokensAreSentAndNotKept() throws Exception {
    server.authorization =
        "basic "
            + Base64.getEncoder()
                .encodeToString("x-access-token:tok".getBytes(StandardCharsets.UTF_8));
    Map<String, String> attributes = Map.of("git.authtokensecret", "GIT_AUTH_TOKEN");
    assertThatThrownBy(() -> checkout("#main", attributes, root -> {}))
        .hasMessageContaining("failed to fetch remote");
    build.client.secrets.put("GIT_AUTH_TOKEN", "tok");
    checkout("#main", attributes, root -> assertThat(root.resolve("file")).exists());
    assertThat(build.log.toString()).doesNotContain("tok:", server.authorization);
    try (var files = Files.walk(directory.resolve("store"))) {
      files
          .filter(p -> p.endsWith("config"))
          .forEach(quietly(p -> assertThat(Files.readString(p)).doesNotContain("extraheader")));
    }
  }

  @Test
  void aPasswordInTheRemoteIsUsedAndNotKept() throws Exception {
    server.authorization =
        "Basic " + Base64.getEncoder().encodeToString("me:hidden".getBytes(StandardCharsets.UTF_8));
    Map<String, String> attributes =
        Map.of(
            "git.keepgitdir",
            "true",
            "git.fullurl",
            server.url("repo.git").replace("http://", "http://me:hidden@"));
    SourceInstance instance =
        source.instance(
            SourceRequest.of("git://127.0.0.1/repo.git#main", attributes, Platform.LINUX_AMD64));
    instance.key(build);
    instance.snapshot(build).close();
    try (var files = Files.walk(directory.resolve("store"))) {
      files
          .filter(p -> p.endsWith("config") || p.toString().contains("/logs/"))
          .filter(Files::isRegularFile)
          .forEach(quietly(p -> assertThat(Files.readString(p)).doesNotContain("hidden")));
    }
    assertThat(build.log.toString()).doesNotContain("hidden");
  }

  private interface Risky {
    void accept(Path path) throws IOException;
  }

  private static Consumer<Path> quietly(Risky risky) {
    return path -> {
      try {
        risky.accept(path);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    };
  }

  @Test
  void submodulesComeAlongUnlessTheyAreOfThisHost() throws Exception {
    Path module = directory.resolve("served/module.git");
    git(directory, "clone", "-q", "--bare", bare.toString(), module.toString());
    git(work, "submodule", "add", "-q", server.url("module.git"), "mod");
    commit("with module");
    push();
    checkout(
        "#main",
        Map.of("git.mtime", "commit"),
        root -> {
          assertThat(root.resolve("mod/sub/inner")).hasContent("inner\n");
          assertThat(root.resolve("mod/.git")).doesNotExist();
          assertThat(Files.getLastModifiedTime(root.resolve("mod/file")))
              .isEqualTo(Files.getLastModifiedTime(root.resolve("file")));
        });
    checkout(
        "#main",
        Map.of("git.skipsubmodules", "true"),
        root -> assertThat(root.resolve("mod/file")).doesNotExist());
    git(work, "submodule", "add", "-q", "file://" + module, "evil");
    commit("of this host");
    push();
    assertThatThrownBy(() -> checkout("#main", Map.of(), root -> {}))
        .hasMessageContaining("failed to checkout remote")
        .hasMessageContaining("transport 'file' not allowed");
  }
}
