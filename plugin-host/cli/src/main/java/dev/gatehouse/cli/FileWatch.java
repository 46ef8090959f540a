package dev.gatehouse.cli;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Files and whole folders that somebody edits, which may come and go. What happens between two
 * calls of {@link #await} is not missed.
 */
final class FileWatch implements Closeable {
  private static final long QUIET_MILLIS = 200;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final WatchService service;
  private final Set<Path> files;
  private final Set<Path> folders;
  private final Set<Path> excluded;

  private FileWatch(WatchService service, Set<Path> files, Set<Path> folders, Set<Path> excluded) {
    this.service = service;
    this.files = files;
    this.folders = folders;
    this.excluded = excluded;
  }

  /**
   * Begins to watch; all paths are absolute and normalized.
   *
   * @param excluded what does not count inside of the folders, with all that is below
   */
  static FileWatch of(Collection<Path> files, Collection<Path> folders, Collection<Path> excluded)
      throws IOException {
    WatchService service = FileSystems.getDefault().newWatchService();
    boolean done = false;
    try {
      FileWatch watch =
          new FileWatch(service, Set.copyOf(files), Set.copyOf(folders), Set.copyOf(excluded));
      watch.register();
      done = true;
      return watch;
    } finally {
      if (!done) {
        service.close();
      }
    }
  }

  /** Waits until something has changed, and then until nothing changes for a moment. */
  void await() throws IOException, InterruptedException {
    try {
      boolean changed = false;
      while (!changed) {
        changed = counts(service.take());
      }
      long deadline = System.nanoTime() + PATIENCE_NANOS;
      WatchKey more;
      while (System.nanoTime() < deadline
          && (more = service.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS)) != null) {
        counts(more);
      }
      register();
    } catch (ClosedWatchServiceException e) {
      throw new IOException("the watch is closed", e);
    }
  }

  private boolean counts(WatchKey key) throws IOException {
    Path folder = (Path) key.watchable();
    boolean counts = false;
    boolean more = false;
    for (WatchEvent<?> event : key.pollEvents()) {
      if (event.context() instanceof Path name) {
        Path path = folder.resolve(name);
        counts |= isWatched(path);
        more |= event.kind() == StandardWatchEventKinds.ENTRY_CREATE && Files.isDirectory(path);
      } else {
        counts = true; // there was more than the service could hold
      }
    }
    if (!key.reset() || more) {
      register();
    }
    return counts;
  }

  private boolean isWatched(Path path) {
    if (isExcluded(path)) {
      return false;
    }
    return files.contains(path)
        || folders.stream().anyMatch(f -> path.startsWith(f) || f.startsWith(path))
        || files.stream().anyMatch(f -> f.startsWith(path));
  }

  private boolean isExcluded(Path path) {
    return excluded.stream().anyMatch(path::startsWith)
        || path.getFileName() != null && path.getFileName().toString().equals(".git");
  }

  /** Folders are watched one by one; of what does not exist, the nearest folder that does. */
  private void register() throws IOException {
    for (Path file : files) {
      register(nearest(file.getParent()));
    }
    for (Path folder : folders) {
      register(nearest(folder.getParent()));
      if (Files.isDirectory(folder)) {
        registerTree(folder);
      }
    }
  }

  private static Path nearest(@Nullable Path folder) {
    Path path = folder;
    while (path != null && !Files.isDirectory(path)) {
      path = path.getParent();
    }
    return path == null ? Path.of("/") : path;
  }

  private void register(Path folder) throws IOException {
    try {
      folder.register(
          service,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_DELETE,
          StandardWatchEventKinds.ENTRY_MODIFY);
    } catch (NoSuchFileException e) {
      return; // gone since it was found; its parent tells
    }
  }

  private void registerTree(Path root) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            if (isExcluded(folder)) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            register(folder);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            return FileVisitResult.CONTINUE; // it went away, or nobody may read it
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) {
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public void close() throws IOException {
    service.close();
  }
}
