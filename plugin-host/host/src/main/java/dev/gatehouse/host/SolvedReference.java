package dev.gatehouse.host;

import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.worker.WorkerReference;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A result of the worker as frontends see it: solved when somebody looks inside. */
public final class SolvedReference implements Reference {
  private final WorkerReference reference;
  private final Definition definition;
  private final Activity activity;

  SolvedReference(WorkerReference reference, Definition definition, Activity activity) {
    this.reference = reference;
    this.definition = definition;
    this.activity = activity;
  }

  /** The worker's side of it. */
  public WorkerReference worker() {
    return reference;
  }

  /** Solves it; the result belongs to the build. */
  public WorkerResult result() throws FrontendException, InterruptedException {
    try (Activity.Call call = activity.call()) {
      return reference.evaluate();
    } catch (SolveException e) {
      throw Failures.of(e, definition);
    }
  }

  @Override
  public Definition definition() {
    return definition;
  }

  @Override
  public void evaluate() throws FrontendException, InterruptedException {
    result();
  }

  @Override
  public byte[] readFile(String path) throws FrontendException, InterruptedException {
    return inside(root -> ReferenceFiles.read(root, path), path);
  }

  @Override
  public byte[] readFile(String path, long offset, long length)
      throws FrontendException, InterruptedException {
    return inside(root -> ReferenceFiles.read(root, path, offset, length), path);
  }

  @Override
  public List<FileStat> readDir(String path, Optional<String> includePattern)
      throws FrontendException, InterruptedException {
    return inside(root -> ReferenceFiles.list(root, path, includePattern), path);
  }

  @Override
  public FileStat statFile(String path) throws FrontendException, InterruptedException {
    return inside(root -> ReferenceFiles.stat(root, path), path);
  }

  private interface Look<T> {
    T at(RootDirectory root) throws FrontendException, IOException;
  }

  private <T> T inside(Look<T> look, String path) throws FrontendException, InterruptedException {
    Optional<ImmutableReference> tree = result().reference();
    if (tree.isEmpty()) {
      throw FrontendException.builder(
              FrontendException.Category.USER, "open " + path + ": no such file or directory")
          .status(StatusCode.NOT_FOUND)
          .code("file.not-found")
          .build();
    }
    try (Activity.Call call = activity.call();
        LocalMount mount = tree.get().localMount(true);
        RootDirectory root = RootDirectory.open(mount.path())) {
      return look.at(root);
    } catch (IOException e) {
      throw Failures.of(e);
    }
  }
}
