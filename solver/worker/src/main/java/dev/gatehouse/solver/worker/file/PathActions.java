package dev.gatehouse.solver.worker.file;

import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.llb.pattern.PatternMatcher;
import dev.gatehouse.protocol.pb.FileActionCopy;
import dev.gatehouse.protocol.pb.FileActionMkDir;
import dev.gatehouse.protocol.pb.FileActionMkFile;
import dev.gatehouse.protocol.pb.FileActionRm;
import dev.gatehouse.protocol.pb.FileActionSymlink;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.linux.ReadableRoot;
import dev.gatehouse.solver.linux.RootDirectory;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The actions of a file operation, each on open trees. Source: {@code pb.FileAction}. */
final class PathActions {
  private PathActions() {}

  static void mkdir(RootDirectory tree, FileActionMkDir action, Optional<Owner> owner)
      throws IOException {
    String path = tree.resolve(action.getPath());
    Paths.Time time = Paths.Time.of(action.getTimestamp());
    if (action.getMakeParents()) {
      Paths.makeDirectories(tree, path, action.getMode(), owner, time);
      return;
    }
    try (RootDirectory.Place p = tree.place(path)) {
      if (p.find().isPresent()) {
        return;
      }
      p.directory().mkdir(p.name(), action.getMode() & 0777);
      Paths.adorn(p.directory(), p.name(), owner, time);
    }
  }

  static void mkfile(RootDirectory tree, FileActionMkFile action, Optional<Owner> owner)
      throws IOException {
    String path = tree.resolve(action.getPath());
    try (RootDirectory.Place p = tree.place(path)) {
      boolean isNew = p.find().isEmpty();
      try (OpenFile f =
          p.directory()
              .file(
                  p.name(),
                  OpenFile.O_WRONLY | OpenFile.O_CREAT | OpenFile.O_TRUNC,
                  action.getMode() & 0777)) {
        byte[] data = action.getData().toByteArray();
        f.write(data, 0, data.length);
        if (isNew) {
          f.chmod(action.getMode() & 0777); // Whatever the umask.
        }
      }
      Paths.adorn(p.directory(), p.name(), owner, Paths.Time.of(action.getTimestamp()));
    }
  }

  static void symlink(RootDirectory tree, FileActionSymlink action, Optional<Owner> owner)
      throws IOException {
    String path = tree.resolve(action.getNewpath());
    try (RootDirectory.Place p = tree.place(path)) {
      try {
        p.directory().symlink(action.getOldpath(), p.name());
      } catch (LinuxException e) {
        throw new LinuxException("symlink " + action.getOldpath(), path, e.errno());
      }
      Paths.adorn(p.directory(), p.name(), owner, Paths.Time.of(action.getTimestamp()));
    }
  }

  static void rm(RootDirectory tree, FileActionRm action) throws IOException {
    if (!action.getAllowWildcard()) {
      rm(tree, action.getPath(), action.getAllowNotFound());
      return;
    }
    List<String> paths;
    try {
      paths = Paths.expand(tree, Paths.clean(action.getPath()), false);
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT) && action.getAllowNotFound()) {
        return;
      }
      throw e;
    }
    for (String path : paths) {
      rm(tree, path, action.getAllowNotFound());
    }
  }

  private static void rm(RootDirectory tree, String given, boolean allowNotFound)
      throws IOException {
    String path = SlashPath.join("/", given);
    if (path.equals("/")) {
      throw new IOException("rmPath: invalid empty path");
    }
    String resolved = tree.resolveParent(path);
    if (tree.findLstat(resolved).isEmpty()) {
      if (allowNotFound) {
        return;
      }
      throw new LinuxException("stat", path, Errno.ENOENT);
    }
    try (RootDirectory.Place p = tree.place(resolved)) {
      p.directory().deleteTree(p.name());
    }
  }

  static void copy(
      ReadableRoot source, RootDirectory target, FileActionCopy action, Optional<Owner> owner)
      throws IOException, InterruptedException {
    String from = Paths.clean(action.getSrc());
    String to = Paths.clean(action.getDest());
    if (!action.getCreateDestPath()) {
      String parent = SlashPath.directory(target.resolve(to));
      Optional<FileStatus> status = target.findLstat(parent);
      if (status.isEmpty()) {
        throw new IOException(
            "failed to stat "
                + action.getDest()
                + ": lstat "
                + parent
                + ": "
                + Errno.message(Errno.ENOENT));
      }
    }
    Paths.Time time = Paths.Time.of(action.getTimestamp());
    Copier copier = new Copier(source, target, options(action, owner, time));
    List<String> sources = List.of(from);
    if (action.getAllowWildcard()) {
      sources = Paths.expand(source, from, action.getFollowSymlink());
      if (sources.isEmpty()) {
        if (action.getAllowEmptyWildcard()) {
          return;
        }
        throw new IOException(from + " not found");
      }
      if (sources.size() == 1 && sources.getFirst().equals(SlashPath.join("/", from))) {
        sources = List.of(from); // Keeps a slash at the end.
      }
    }
    for (String each : sources) {
      if (action.getAttemptUnpackDockerCompatibility()
          && Archives.unpack(source, each, target, to, owner, time)) {
        continue;
      }
      copier.copy(each, to);
    }
  }

  private static Copier.Options options(
      FileActionCopy action, Optional<Owner> owner, Paths.@Nullable Time time) throws IOException {
    try {
      return new Copier.Options(
          owner,
          time,
          action.getModeStr().isEmpty() ? action.getMode() : -1,
          action.getModeStr().isEmpty()
              ? Optional.empty()
              : Optional.of(SymbolicMode.parse(action.getModeStr())),
          action.getDirCopyContents(),
          action.getFollowSymlink(),
          new PatternMatcher(action.getIncludePatternsList()),
          new PatternMatcher(action.getExcludePatternsList()),
          action.getAlwaysReplaceExistingDestPaths());
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
