package dev.gatehouse.solver.worker.source.git;

import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.ActiveReference;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.RecordType;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.source.SourceInstance;
import dev.gatehouse.solver.worker.source.SourceKey;
import dev.gatehouse.solver.worker.source.SourceMetadata;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One version of a repository, in one build. */
final class GitCheckout implements SourceInstance {
  private static final String SNAPSHOT = "git-snapshot";
  private static final Pattern DEFAULT_BRANCH = Pattern.compile("refs/heads/(\\S+)");

  private final GitSource source;
  private final GitIdentifier identifier;

  private @Nullable Resolved resolved;

  GitCheckout(GitSource source, GitIdentifier identifier) {
    this.source = source;
    this.identifier = identifier;
  }

  /**
   * What the identifier stands for.
   *
   * @param asked what to fetch: the identifier's reference, or the default branch
   * @param ref the full name of the reference, or a commit
   * @param object that it points to
   * @param commit that the object stands for, if it is an annotated tag; else empty
   */
  private record Resolved(String asked, String ref, String object, String commit) {
    String keyObject(boolean keepGitDir) {
      return commit.isEmpty() || keepGitDir ? object : commit;
    }
  }

  @Override
  public SourceKey key(OperationContext context)
      throws SolveException, IOException, InterruptedException {
    Resolved found = resolve(context);
    return SourceKey.of(cacheKey(found), found.object());
  }

  private String cacheKey(Resolved found) {
    return identifier.cacheKey(found.keyObject(identifier.keepGitDir()), found.ref());
  }

  private Resolved resolve(OperationContext context)
      throws SolveException, IOException, InterruptedException {
    Resolved known = resolved;
    if (known == null) {
      known = resolveNow(context);
      resolved = known;
    }
    return known;
  }

  private Resolved resolveNow(OperationContext context)
      throws SolveException, IOException, InterruptedException {
    String ref = identifier.ref();
    if (GitIdentifier.isCommit(ref)) {
      return new Resolved(ref, ref, ref, "");
    }
    if (identifier.fetchByCommit()) {
      String commit = identifier.checksum();
      if (ref.isEmpty()) {
        return new Resolved(commit, commit, commit, "");
      }
      String full = ref.startsWith("refs/") ? ref : "refs/heads/" + ref;
      return new Resolved(full, full, commit, "");
    }
    // What a name stands for may change while a build runs; the build stays with what it found.
    String question = "git " + identifier.remote() + "#" + ref + " " + identifier.checksum();
    return context
        .memory()
        .get(
            question,
            Resolved.class,
            () -> {
              try (GitAccess access = GitAccess.open(identifier, source.temporary(), context)) {
                return ask(access.git());
              }
            });
  }

  private Resolved ask(GitCommand git) throws SolveException, IOException, InterruptedException {
    String ref = identifier.ref().isEmpty() ? defaultBranch(git) : identifier.ref();
    String output;
    try {
      output = git.run("ls-remote", "--", identifier.redactedRemote(), ref, ref + "^{}");
    } catch (GitCommand.GitException e) {
      throw new SolveException(
          "source.git.failed",
          ErrorCategory.ENVIRONMENT,
          "failed to fetch remote " + identifier.redactedRemote() + ": " + e.getMessage(),
          e);
    }
    String partial = "refs/" + without(ref, "refs/");
    String head = "refs/heads/" + without(ref, "refs/heads/");
    String tag = "refs/tags/" + without(ref, "refs/tags/");
    String exactObject = "";
    String headObject = "";
    String tagObject = "";
    String tagCommit = "";
    for (String line : output.lines().toList()) {
      String[] parts = line.split("\t", 2);
      if (parts.length < 2) {
        continue;
      }
      if (parts[1].equals(head)) {
        headObject = parts[0];
      } else if (parts[1].equals(tag)) {
        tagObject = parts[0];
      } else if (parts[1].equals(tag + "^{}")) {
        tagCommit = parts[0];
      } else if (parts[1].equals(partial)) {
        exactObject = parts[0];
      }
    }
    Resolved found;
    if (!exactObject.isEmpty()) {
      found = new Resolved(ref, partial, exactObject, "");
    } else if (!headObject.isEmpty()) {
      found = new Resolved(ref, head, headObject, "");
    } else {
      found = new Resolved(ref, tag, tagObject, tagCommit);
    }
    if (found.object().isEmpty()) {
      throw GitIdentifier.invalid(
          "repository does not contain ref " + ref + ", output: \"" + output + "\"");
    }
    if (!GitIdentifier.isCommit(found.object())) {
      throw GitIdentifier.invalid("invalid commit sha \"" + found.object() + "\"");
    }
    String checksum = identifier.checksum();
    if (!found.object().startsWith(checksum) && !found.commit().startsWith(checksum)) {
      throw GitIdentifier.invalid(
          "expected checksum to match "
              + checksum
              + ", got "
              + found.object()
              + (found.commit().isEmpty() ? "" : " or " + found.commit()));
    }
    return found;
  }

  private static String without(String text, String prefix) {
    return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
  }

  private String defaultBranch(GitCommand git)
      throws SolveException, IOException, InterruptedException {
    String output;
    try {
      output = git.run("ls-remote", "--symref", "--", identifier.redactedRemote(), "HEAD");
    } catch (GitCommand.GitException e) {
      throw new SolveException(
          "source.git.failed",
          ErrorCategory.ENVIRONMENT,
          "error fetching default branch for repository "
              + identifier.redactedRemote()
              + ": "
              + e.getMessage(),
          e);
    }
    Matcher branch = DEFAULT_BRANCH.matcher(output);
    if (!branch.find()) {
      throw GitIdentifier.invalid(
          "could not find default branch for repository: " + identifier.redactedRemote());
    }
    GitIdentifier.requireSafe(branch.group(1));
    return branch.group(1);
  }

  @Override
  public WorkerResult snapshot(OperationContext context)
      throws SolveException, IOException, InterruptedException {
    Resolved found = resolve(context);
    String key = cacheKey(found);
    ReentrantLock lock = source.lock(identifier.remote());
    lock.lockInterruptibly();
    try {
      for (String id : source.references().search(SNAPSHOT, key.getBytes(StandardCharsets.UTF_8))) {
        Optional<ImmutableReference> known = source.references().get(id);
        if (known.isPresent()) {
          return WorkerResult.of(known.get());
        }
      }
      try (GitAccess access = GitAccess.open(identifier, source.temporary(), context);
          GitRepository repository = fetched(access, found)) {
        return WorkerResult.of(checkOut(repository, found, key));
      }
    } finally {
      lock.unlock();
    }
  }

  private GitRepository fetched(GitAccess access, Resolved found)
      throws SolveException, IOException, InterruptedException {
    return GitRepository.fetched(
        source.references(), identifier, access.git(), found.asked(), found.object());
  }

  private ImmutableReference checkOut(GitRepository repository, Resolved found, String key)
      throws SolveException, IOException, InterruptedException {
    try (ActiveReference active =
        source
            .references()
            .create(
                Optional.empty(),
                new ReferenceOptions(
                    "git snapshot for " + identifier.redactedRemote() + "#" + found.asked(),
                    RecordType.GIT_CHECKOUT,
                    false))) {
      try (LocalMount mount = active.localMount(false)) {
        new GitTree(identifier, repository, mount.path()).fill(found.asked(), found.object());
      } catch (GitCommand.GitException e) {
        throw new SolveException(
            "source.git.failed",
            ErrorCategory.ENVIRONMENT,
            "failed to checkout remote " + identifier.redactedRemote() + ": " + e.getMessage(),
            e);
      }
      ImmutableReference tree = active.commit();
      tree.setMetadata(SNAPSHOT, key.getBytes(StandardCharsets.UTF_8));
      return tree;
    }
  }

  /** What is known of the version; the objects themselves have to be fetched. */
  SourceMetadata.Git metadata(boolean objects, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    Resolved found = resolve(context);
    if (!objects) {
      return new SourceMetadata.Git(
          found.object(), found.ref(), found.commit(), new byte[0], new byte[0]);
    }
    ReentrantLock lock = source.lock(identifier.remote());
    lock.lockInterruptibly();
    try (GitAccess access = GitAccess.open(identifier, source.temporary(), context);
        GitRepository repository = fetched(access, found)) {
      GitCommand git = repository.git();
      String type = git.line("cat-file", "-t", found.object());
      boolean isTag = type.equals("tag");
      if (!isTag && !type.equals("commit")) {
        throw GitIdentifier.invalid("expected commit or tag object, got " + type);
      }
      String commit = isTag ? git.line("rev-parse", found.object() + "^{commit}") : "";
      return new SourceMetadata.Git(
          found.object(),
          found.ref(),
          commit,
          git.bytes("cat-file", "commit", isTag ? commit : found.object()),
          isTag ? git.bytes("cat-file", "tag", found.object()) : new byte[0]);
    } finally {
      lock.unlock();
    }
  }
}
