package dev.gatehouse.solver.worker.source.git;

import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.ReferenceStore;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.source.ResolveOptions;
import dev.gatehouse.solver.worker.source.SourceInstance;
import dev.gatehouse.solver.worker.source.SourceMetadata;
import dev.gatehouse.solver.worker.source.SourceRequest;
import dev.gatehouse.solver.worker.source.SourceResolver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Git repositories, {@code git://<remote>#<ref>:<subdir>}.
 *
 * <p>Attributes, as BuildKit's: {@code git.fullurl}, {@code git.checksum}, {@code git.keepgitdir},
 * {@code git.skipsubmodules}, {@code git.mtime}, {@code git.fetchbycommit}, {@code
 * git.authtokensecret}, {@code git.authheadersecret}, {@code git.mountsshsock}, {@code
 * git.knownsshhosts}.
 */
public final class GitSource implements SourceResolver {
  private final ReferenceStore references;
  private final Path temporary;
  private final Map<String, ReentrantLock> locks = new ConcurrentHashMap<>();

  /**
   * @param temporary a directory for files that live as long as a call
   */
  public GitSource(ReferenceStore references, Path temporary) {
    this.references = references;
    this.temporary = temporary;
  }

  @Override
  public Set<String> schemes() {
    return Set.of("git");
  }

  @Override
  public SourceInstance instance(SourceRequest request) throws SolveException {
    return checkout(request);
  }

  private GitCheckout checkout(SourceRequest request) throws SolveException {
    return new GitCheckout(this, GitIdentifier.of(request));
  }

  @Override
  public SourceMetadata resolve(
      SourceRequest request, ResolveOptions options, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    return new SourceMetadata(
        request.identifier(),
        request.attributes(),
        checkout(request).metadata(options.returnObject(), context));
  }

  ReferenceStore references() {
    return references;
  }

  Path temporary() {
    return temporary;
  }

  /** What uses the repository of a remote, one after the other. */
  ReentrantLock lock(String remote) {
    return locks.computeIfAbsent(remote, r -> new ReentrantLock());
  }
}
