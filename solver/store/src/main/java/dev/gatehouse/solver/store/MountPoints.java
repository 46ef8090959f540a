package dev.gatehouse.solver.store;

import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Mounts of this process, counted: who asks for the same tree at the same time shares one. Views
 * linger for a moment, since the checksum, the copy and the next step read the same tree in turn.
 */
final class MountPoints implements AutoCloseable {
  private static final long LINGER_MILLIS = 500;

  private final Layout layout;
  private final AtomicLong next = new AtomicLong();
  private final ScheduledThreadPoolExecutor timer;

  /** Guarded by itself. */
  private final Map<String, Point> points = new HashMap<>();

  private boolean closed;

  private static final class Point {
    final CompletableFuture<Path> path = new CompletableFuture<>();
    int users = 1;
    long idleSince;
  }

  MountPoints(Layout layout) {
    this.layout = layout;
    timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("store-unmount").daemon().factory());
    timer.setRemoveOnCancelPolicy(true);
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Unmounts what a killed process left. */
  static void clean(Layout layout) throws IOException {
    List<Path> left = Mounts.below(layout.root());
    for (Path p : left.reversed()) {
      Mounts.unmount(p);
    }
    try (Directory d = Directory.open(layout.mounts())) {
      for (Directory.Entry e : d.list()) {
        d.rmdir(e.name());
      }
    }
  }

  /** What is to be mounted, asked only by the first. */
  interface Source {
    List<Mount> mounts() throws IOException;
  }

  /** Mounts, or joins who has it mounted. Each call is paired with {@link #release}. */
  Path acquire(String key, Source source) throws IOException, InterruptedException {
    Point point;
    boolean mine = false;
    synchronized (points) {
      if (closed) {
        throw new IllegalStateException("store is closed");
      }
      Point there = points.get(key);
      if (there == null) {
        point = new Point();
        points.put(key, point);
        mine = true;
      } else {
        there.users++;
        point = there;
      }
    }
    if (mine) {
      try {
        Path target = mount(source.mounts());
        point.path.complete(target);
        return target;
      } catch (Throwable t) {
        synchronized (points) {
          points.remove(key, point);
        }
        point.path.completeExceptionally(t);
        throw t;
      }
    }
    try {
      return point.path.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      release(key, false);
      throw e;
    }
  }

  private Path mount(List<Mount> mounts) throws IOException {
    Path target = layout.mounts().resolve(Long.toString(next.incrementAndGet()));
    Files.createDirectory(target);
    int done = 0;
    try {
      for (Mount m : mounts) {
        Mounts.mount(m.type(), m.source(), target, m.options());
        done++;
      }
      return target;
    } finally {
      if (done < mounts.size()) {
        for (int i = 0; i < done; i++) {
          Mounts.unmount(target);
        }
        Files.delete(target);
      }
    }
  }

  void release(String key, boolean linger) {
    Path unmount = null;
    synchronized (points) {
      Point p = points.get(key);
      if (p == null) {
        throw new IllegalStateException("not mounted: " + key);
      }
      if (--p.users == 0) {
        if (linger && !closed) {
          p.idleSince = System.nanoTime();
          timer.schedule(() -> expire(key, p), LINGER_MILLIS, TimeUnit.MILLISECONDS);
        } else {
          points.remove(key);
          unmount = p.path.getNow(null);
        }
      }
    }
    if (unmount != null) {
      unmount(unmount);
    }
  }

  private void expire(String key, Point p) {
    synchronized (points) {
      if (p.users > 0 || points.get(key) != p) {
        return;
      }
      long left = LINGER_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - p.idleSince);
      if (left > 5) {
        timer.schedule(() -> expire(key, p), left, TimeUnit.MILLISECONDS);
        return;
      }
      points.remove(key);
    }
    unmount(p.path.join());
  }

  /** Unmounts a view that lingers, before its files are deleted. */
  void drop(String key) {
    Path unmount = null;
    synchronized (points) {
      Point p = points.get(key);
      if (p != null && p.users == 0) {
        points.remove(key);
        unmount = p.path.getNow(null);
      }
    }
    if (unmount != null) {
      unmount(unmount);
    }
  }

  private static void unmount(Path target) {
    try {
      Mounts.unmount(target);
      Files.delete(target);
    } catch (LinuxException e) {
      if (!e.is(Errno.EINVAL) && !e.is(Errno.ENOENT)) {
        warn(target, e);
      }
    } catch (IOException e) {
      warn(target, e);
    }
  }

  private static void warn(Path target, IOException e) {
    System.getLogger(MountPoints.class.getName())
        .log(System.Logger.Level.WARNING, "unmounting " + target, e);
  }

  /** Mounts in use now, views that linger not counted. */
  int inUse() {
    synchronized (points) {
      return (int) points.values().stream().filter(p -> p.users > 0).count();
    }
  }

  @Override
  public void close() {
    List<Point> left;
    synchronized (points) {
      closed = true;
      left = new ArrayList<>(points.values());
      points.clear();
    }
    timer
        .close(); // Waits for a view that is being unmounted just now; what lingers is in the list.
    for (Point p : left) {
      Path path = p.path.getNow(null);
      if (path != null) {
        unmount(path);
      }
    }
  }
}
