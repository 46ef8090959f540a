package dev.gatehouse.llb;

import org.jspecify.annotations.Nullable;

/**
 * Changes to files, done one after the other in one operation.
 *
 * <p>Relative paths are within the working directory of the state that is changed.
 *
 * <pre>{@code
 * state.file(
 *     FileAction.mkdir("/etc/app", 0755, true, FileOptions.NONE)
 *         .andCopy(source, "conf", "/etc/app/", CopyOptions.NONE),
 *     Constraints.NONE);
 * }</pre>
 */
public final class FileAction {
  /** One change. */
  sealed interface Step {
    record Copy(
        @Nullable State state, @Nullable Bound bound, String from, String to, CopyOptions options)
        implements Step {}

    record MakeFile(String path, int mode, byte[] data, FileOptions options) implements Step {}

    record MakeDirectory(String path, int mode, boolean parents, FileOptions options)
        implements Step {}

    record Remove(String path, boolean allowNotFound, boolean allowWildcard) implements Step {}

    record Symlink(String target, String path, FileOptions options) implements Step {}
  }

  /** Changes to a state that are only made as the source of a copy. */
  public static final class Bound {
    final FileAction action;
    final State state;

    private Bound(FileAction action, State state) {
      this.action = action;
      this.state = state;
    }
  }

  final @Nullable FileAction previous;
  final Step step;

  private FileAction(@Nullable FileAction previous, Step step) {
    this.previous = previous;
    this.step = step;
  }

  /** Copies from another state. */
  public static FileAction copy(State source, String from, String to, CopyOptions options) {
    return new FileAction(null, new Step.Copy(source, null, from, to, options));
  }

  /** Makes a file with that content. */
  public static FileAction mkfile(String path, int mode, byte[] data, FileOptions options) {
    return new FileAction(null, new Step.MakeFile(path, mode, data.clone(), options));
  }

  /** Makes a folder, and on demand those above it. */
  public static FileAction mkdir(String path, int mode, boolean parents, FileOptions options) {
    return new FileAction(null, new Step.MakeDirectory(path, mode, parents, options));
  }

  /** Removes a file or a folder with all in it. */
  public static FileAction rm(String path, boolean allowNotFound, boolean allowWildcard) {
    return new FileAction(null, new Step.Remove(path, allowNotFound, allowWildcard));
  }

  /** Makes a symbolic link at {@code path} that points to {@code target}. */
  public static FileAction symlink(String target, String path, FileOptions options) {
    return new FileAction(null, new Step.Symlink(target, path, options));
  }

  public FileAction andCopy(State source, String from, String to, CopyOptions options) {
    return new FileAction(this, new Step.Copy(source, null, from, to, options));
  }

  /** Copies from the outcome of other changes, which are made in the same operation. */
  public FileAction andCopy(Bound source, String from, String to, CopyOptions options) {
    return new FileAction(this, new Step.Copy(null, source, from, to, options));
  }

  public FileAction andMkfile(String path, int mode, byte[] data, FileOptions options) {
    return new FileAction(this, new Step.MakeFile(path, mode, data.clone(), options));
  }

  public FileAction andMkdir(String path, int mode, boolean parents, FileOptions options) {
    return new FileAction(this, new Step.MakeDirectory(path, mode, parents, options));
  }

  public FileAction andRm(String path, boolean allowNotFound, boolean allowWildcard) {
    return new FileAction(this, new Step.Remove(path, allowNotFound, allowWildcard));
  }

  public FileAction andSymlink(String target, String path, FileOptions options) {
    return new FileAction(this, new Step.Symlink(target, path, options));
  }

  /** These changes made to a state, as the source of a copy. */
  public Bound on(State state) {
    return new Bound(this, state);
  }
}
