package dev.gatehouse.solver.worker.source.git;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.ActiveReference;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.RecordType;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.store.ReferenceStore;
import dev.gatehouse.solver.worker.source.git.GitCommand.GitException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The bare repository of a remote, which keeps what was ever fetched from it. Used by one at a
 * time, under the remote's lock.
 */
final class GitRepository implements AutoCloseable {
  private static final String REMOTE = "git-remote";

  private final ActiveReference reference;
  private final LocalMount mount;
  private final GitCommand git;

  private GitRepository(ActiveReference reference, LocalMount mount, GitCommand git) {
    this.reference = reference;
    this.mount = mount;
    this.git = git;
  }

  /** A remote's references no longer fit those fetched before: only a fresh repository helps. */
  private static final class ClobberedException extends IOException {
    private static final long serialVersionUID = 1;

    private ClobberedException(GitException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /**
   * Opens the repository and makes sure that the wanted commit is in it.
   *
   * @param ref what to fetch, never empty
   * @param commit the object that the key was made of
   */
  static GitRepository fetched(
      ReferenceStore references,
      GitIdentifier identifier,
      GitCommand git,
      String ref,
      String commit)
      throws SolveException, IOException, InterruptedException {
    try {
      return fetched(references, identifier, git, ref, commit, false);
    } catch (ClobberedException e) {
      return fetched(references, identifier, git, ref, commit, true);
    }
  }

  private static GitRepository fetched(
      ReferenceStore references,
      GitIdentifier identifier,
      GitCommand git,
      String ref,
      String commit,
      boolean fresh)
      throws SolveException, IOException, InterruptedException {
    GitRepository repository = open(references, identifier, git, commit.length() == 64, fresh);
    try {
      repository.fetch(identifier, ref, commit);
      repository.verify(identifier, ref);
      return repository;
    } catch (Throwable e) {
      repository.close();
      throw e;
    }
  }

  private static GitRepository open(
      ReferenceStore references,
      GitIdentifier identifier,
      GitCommand git,
      boolean sha256,
      boolean fresh)
      throws IOException, InterruptedException {
    // A remote may hold a password: it is known by its digest.
    byte[] key =
        Digest.sha256(identifier.remote() + (sha256 ? "#sha256" : ""))
            .toString()
            .getBytes(StandardCharsets.UTF_8);
    ActiveReference reference = null;
    for (String id : references.search(REMOTE, key)) {
      Optional<ActiveReference> known = references.mutable(id);
      if (known.isPresent()) {
        if (!fresh) {
          reference = known.get();
          break;
        }
        known.get().setRetained(false);
        known.get().close();
      }
    }
    boolean create = reference == null;
    if (reference == null) {
      reference =
          references.create(
              Optional.empty(),
              ReferenceOptions.retained(
                  "shared git repo for " + identifier.redactedRemote(), RecordType.REGULAR));
    }
    try {
      LocalMount mount = reference.localMount(false);
      try {
        GitCommand here = git.in(mount.path());
        if (create) {
          List<String> init = new ArrayList<>();
          init.addAll(List.of("-c", "init.defaultBranch=master", "init", "--bare"));
          if (sha256) {
            init.add("--object-format=sha256");
          }
          here.run(init.toArray(String[]::new));
          here.run("remote", "add", "origin", identifier.redactedRemote());
          reference.setMetadata(REMOTE, key);
        }
        return new GitRepository(reference, mount, here);
      } catch (Throwable e) {
        mount.close();
        throw e;
      }
    } catch (Throwable e) {
      if (create) {
        reference.setRetained(false);
      }
      reference.close();
      throw e;
    }
  }

  GitCommand git() {
    return git;
  }

  Path path() {
    return mount.path();
  }

  private boolean has(String object) throws InterruptedException, IOException {
    try {
      git.run("cat-file", "-e", object);
      return true;
    } catch (GitException e) {
      return false;
    }
  }

  private void fetch(GitIdentifier identifier, String ref, String commit)
      throws SolveException, IOException, InterruptedException {
    String wanted =
        identifier.fetchByCommit() && !identifier.checksum().isEmpty()
            ? identifier.checksum()
            : ref;
    if (GitIdentifier.isCommit(wanted) && has(wanted + "^{commit}")) {
      return;
    }
    Files.deleteIfExists(path().resolve("shallow.lock")); // of a call that was killed
    // What was fetched is kept as a tag, so that the next fetch tells the server of it.
    String target = ref.startsWith("refs/tags/") ? ref : "tags/" + ref;
    List<String> args = new ArrayList<>(List.of("fetch"));
    if (identifier.fetchByCommit() || !GitIdentifier.isCommit(wanted)) {
      args.addAll(List.of("--depth=1", "--no-tags"));
    } else {
      args.add("--tags");
      if (isShallow()) {
        args.add("--unshallow");
      }
    }
    args.add("origin");
    if (GitIdentifier.isCommit(ref)) {
      args.add(ref);
    } else {
      args.addAll(args.size() - 1, List.of("--force"));
      args.add(wanted + ":" + target);
    }
    fetch(identifier, args);
    String found = git.line("rev-parse", wanted);
    if (!found.equals(commit)) {
      moved(identifier, ref, target, commit);
    }
  }

  private boolean isShallow() {
    return Files.exists(path().resolve("shallow"));
  }

  private void fetch(GitIdentifier identifier, List<String> args)
      throws IOException, InterruptedException {
    try {
      git.run(args.toArray(String[]::new));
    } catch (GitException e) {
      String said = e.messages();
      boolean tagMoved = said.contains("rejected") && said.contains("(would clobber existing tag)");
      boolean nameTaken =
          said.contains("some local refs could not be updated;")
              && (said.contains("(unable to update local ref)")
                  || said.contains("refname conflict"));
      if (tagMoved || nameTaken) {
        throw new ClobberedException(e);
      }
      throw new IOException(
          "failed to fetch remote " + identifier.redactedRemote() + ": " + e.getMessage(), e);
    }
  }

  /** The reference has moved since the key was made: the commit of the key is what is wanted. */
  private void moved(GitIdentifier identifier, String ref, String target, String commit)
      throws SolveException, IOException, InterruptedException {
    String full = target.startsWith("refs/") ? target : "refs/" + target;
    if (!has(commit)) {
      List<String> args = new ArrayList<>(List.of("fetch", "--tags"));
      if (isShallow()) {
        args.add("--unshallow");
      }
      args.addAll(List.of("origin", commit));
      fetch(identifier, args);
      git.run("reflog", "expire", "--all", "--expire=now");
      if (!has(commit)) {
        throw new SolveException(
            "source.git.moved",
            ErrorCategory.ENVIRONMENT,
            "fetched ref "
                + ref
                + " does not match expected commit "
                + commit
                + " and commit can not be found in the repository");
      }
    }
    git.run("update-ref", "--no-deref", full, commit);
  }

  private void verify(GitIdentifier identifier, String ref)
      throws SolveException, IOException, InterruptedException {
    String checksum = identifier.checksum();
    if (checksum.isEmpty()) {
      return;
    }
    String name = identifier.fetchByCommit() ? checksum : ref;
    String object = git.line("rev-parse", name);
    if (object.startsWith(checksum)) {
      return;
    }
    String commit = git.line("rev-parse", name + "^{}");
    if (!commit.startsWith(checksum)) {
      throw GitIdentifier.invalid(
          "expected checksum to match "
              + checksum
              + ", got "
              + object
              + (commit.equals(object) ? "" : " or " + commit));
    }
  }

  @Override
  public void close() {
    mount.close();
    reference.close();
  }
}
