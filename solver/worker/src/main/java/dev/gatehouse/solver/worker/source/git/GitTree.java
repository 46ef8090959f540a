package dev.gatehouse.solver.worker.source.git;

import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Writes a version of a repository into a directory. */
final class GitTree {
  private static final String GIT = ".git";
  private static final int POINTER_SIZE = 4096;

  private final GitIdentifier identifier;
  private final GitRepository repository;
  private final Path target;

  GitTree(GitIdentifier identifier, GitRepository repository, Path target) {
    this.identifier = identifier;
    this.repository = repository;
    this.target = target;
  }

  /**
   * @param ref that was fetched
   * @param object that it stands for
   */
  void fill(String ref, String object) throws SolveException, IOException, InterruptedException {
    // With fetch-by-commit the repository knows the commit, but no reference of that name.
    String known = identifier.fetchByCommit() ? object : ref;
    boolean whole = identifier.subdir().isEmpty();
    if (identifier.keepGitDir() && whole) {
      withHistory(ref, known, object);
    } else {
      Path tree = whole ? target : Files.createTempDirectory(target, "checkout");
      GitCommand git = repository.git().on(tree);
      git.run("checkout", "--no-overlay", known, "--", ".");
      submodules(git);
      try (Directory directory = Directory.open(tree)) {
        removePointers(directory);
        if (!whole) {
          moveUp(directory);
        }
      }
      if (!whole) {
        try (Directory directory = Directory.open(target)) {
          directory.deleteTree(String.valueOf(tree.getFileName()));
        }
      }
    }
    if (identifier.mtime().equals("commit")) {
      long seconds =
          Long.parseLong(repository.git().line("log", "-1", "--format=%ct", known + "^{commit}"));
      try (Directory directory = Directory.open(target)) {
        setTimes(directory, seconds);
        directory.setTimes(".", seconds, 0);
      }
    }
  }

  private void submodules(GitCommand git) throws IOException, InterruptedException {
    if (!identifier.skipSubmodules()) {
      if (Files.exists(repository.path().resolve("modules"))) {
        git.run("submodule", "sync", "--recursive"); // an address may have changed since
      }
      git.run("submodule", "update", "--init", "--recursive", "--depth=1");
    }
  }

  private void withHistory(String ref, String known, String object)
      throws IOException, InterruptedException {
    Path directory = target.resolve(GIT);
    GitCommand git = repository.git().in(directory).on(target);
    List<String> init = new ArrayList<>(List.of("-c", "init.defaultBranch=master", "init"));
    if (object.length() == 64) {
      init.add("--object-format=sha256");
    }
    git.run(init.toArray(String[]::new));
    // As a URL: a clone by path would take files of the repository as they are, links and all.
    git.run("remote", "add", "origin", "file://" + repository.path());
    boolean isTag = repository.git().line("cat-file", "-t", known).equals("tag");
    String pull;
    if (isTag) {
      pull = ref + ":" + (ref.startsWith("refs/tags/") ? ref : "refs/tags/" + ref);
    } else if (identifier.fetchByCommit() && !ref.equals(known)) {
      pull = known + ":" + ref;
    } else if (GitIdentifier.isCommit(ref)) {
      pull = "refs/buildkit/" + UUID.randomUUID();
      repository.git().run("update-ref", pull, ref);
    } else {
      pull = ref + ":" + ref;
    }
    git.run("fetch", "-u", "--depth=1", "--", "origin", pull);
    git.run("checkout", "FETCH_HEAD");
    git.run("remote", "set-url", "origin", identifier.redactedRemote());
    git.run("reflog", "expire", "--all", "--expire=now");
    Files.deleteIfExists(directory.resolve("FETCH_HEAD"));
    submodules(git);
  }

  /** Files of submodules that lead to their repository, which is not in this tree. */
  private static void removePointers(Directory directory) throws LinuxException {
    for (Directory.Entry entry : directory.list()) {
      FileStatus status = directory.stat(entry.name());
      if (status.isDirectory()) {
        try (Directory below = directory.directory(entry.name())) {
          removePointers(below);
        }
      } else if (entry.name().equals(GIT)
          && status.isRegular()
          && status.size() < POINTER_SIZE
          && isPointer(directory)) {
        directory.unlink(GIT);
      }
    }
  }

  private static boolean isPointer(Directory directory) throws LinuxException {
    try (OpenFile file = directory.file(GIT, OpenFile.O_RDONLY, 0)) {
      byte[] bytes = new byte[POINTER_SIZE];
      int n = file.read(bytes, 0, bytes.length);
      return n > 0 && new String(bytes, 0, n, StandardCharsets.UTF_8).startsWith("gitdir: ");
    }
  }

  /** Moves what lies in the subdirectory to the top; only true directories may lead there. */
  private void moveUp(Directory tree) throws SolveException, IOException {
    String path = "";
    Directory current = tree;
    List<Directory> opened = new ArrayList<>();
    try (Directory top = Directory.open(target)) {
      for (String name : identifier.subdir().split("/")) {
        path = path.isEmpty() ? name : path + "/" + name;
        if (!current.find(name).map(FileStatus::isDirectory).orElse(false)) {
          throw notADirectory(current, name, path);
        }
        current = current.directory(name);
        opened.add(current);
      }
      for (Directory.Entry entry : current.list()) {
        current.rename(entry.name(), top, entry.name());
      }
    } finally {
      opened.reversed().forEach(Directory::close);
    }
  }

  private SolveException notADirectory(Directory parent, String name, String path)
      throws LinuxException {
    String why =
        parent.find(name).isPresent()
            ? "git subpath \"" + identifier.subdir() + "\" contains non-directory \"" + path + "\""
            : "failed to lstat \"" + path + "\": " + Errno.message(Errno.ENOENT);
    return new SolveException(
        "source.git.subdir",
        ErrorCategory.USER,
        "invalid subdir " + identifier.subdir() + ": " + why);
  }

  private static void setTimes(Directory directory, long seconds) throws LinuxException {
    for (Directory.Entry entry : directory.list()) {
      if (directory.stat(entry.name()).isDirectory()) {
        try (Directory below = directory.directory(entry.name())) {
          setTimes(below, seconds);
        }
      }
      directory.setTimes(entry.name(), seconds, 0);
    }
  }
}
