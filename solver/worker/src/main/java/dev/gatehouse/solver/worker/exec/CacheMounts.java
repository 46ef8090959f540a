package dev.gatehouse.solver.worker.exec;

import dev.gatehouse.solver.store.ActiveReference;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.RecordType;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.store.ReferenceStore;
import dev.gatehouse.solver.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The cache mounts of a worker: mutable trees that outlive the steps which use them, known by an id
 * and, if they began as a copy of another tree, by that one's id.
 *
 * <p>There may be several trees of one id: a step that wants one for itself while another uses it
 * gets a second, and later steps find whichever is free.
 */
public final class CacheMounts {
  /** How several users of one cache mount get on. */
  public enum Sharing {
    /** All use one tree at the same time. */
    SHARED,
    /** Each has a tree of its own; a new one is made if all are in use. */
    PRIVATE,
    /** One after the other. */
    LOCKED
  }

  private static final String KEY = "cache-dir";

  /** A tree may be held by what knows nothing of the condition, such as a prune. */
  private static final long POLL_MILLIS = 100;

  private final ReferenceStore references;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition released = lock.newCondition();

  /** Trees in shared use by key; guarded by the lock. */
  private final Map<String, Use> shared = new HashMap<>();

  public CacheMounts(ReferenceStore references) {
    this.references = references;
  }

  /** A handle of a cache mount; closing the last one frees the tree. */
  public final class Handle implements AutoCloseable {
    private final Use use;
    private boolean closed;

    private Handle(Use use) {
      this.use = use;
      use.count++;
    }

    public ActiveReference reference() {
      return use.reference;
    }

    /**
     * Where the tree is shown for writing. All users of a tree see it through one mount: an overlay
     * must not be mounted twice over the same directories.
     */
    public Path path() throws IOException, InterruptedException {
      lock.lockInterruptibly();
      try {
        LocalMount mount = use.mount;
        if (mount == null) {
          mount = use.reference.localMount(false);
          use.mount = mount;
        }
        return mount.path();
      } finally {
        lock.unlock();
      }
    }

    /** Another handle of the same tree, for a second mount of the same step. */
    public Handle share() {
      lock.lock();
      try {
        return new Handle(use);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (closed) {
          return;
        }
        closed = true;
        if (--use.count == 0) {
          shared.remove(use.key, use);
          if (use.mount != null) {
            use.mount.close();
          }
          use.reference.close();
          released.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** A tree in use; guarded by the lock. */
  private static final class Use {
    private final String key;
    private final ActiveReference reference;
    private int count;
    private @Nullable LocalMount mount;

    private Use(String key, ActiveReference reference) {
      this.key = key;
      this.reference = reference;
    }
  }

  /** The name under which trees of this id and origin are found. */
  static String key(String id, Optional<ImmutableReference> parent) {
    return parent.map(p -> id + ":" + p.id()).orElse(id);
  }

  /**
   * Takes a cache mount into use.
   *
   * @param parent what a new tree begins as
   * @param description of a new tree's record
   */
  public Handle open(
      String id, Optional<ImmutableReference> parent, Sharing sharing, String description)
      throws IOException, InterruptedException {
    String key = key(id, parent);
    lock.lockInterruptibly();
    try {
      if (sharing == Sharing.SHARED) {
        Use use = shared.get(key);
        if (use != null) {
          return new Handle(use);
        }
      }
      while (true) {
        boolean locked = false;
        for (String record : references.search(KEY, key.getBytes(StandardCharsets.UTF_8))) {
          try {
            Optional<ActiveReference> free = references.mutable(record);
            if (free.isPresent()) {
              return use(key, free.get(), sharing);
            }
          } catch (StoreException e) {
            if (e.code() != StoreException.Code.LOCKED) {
              throw e;
            }
            locked = true;
          }
        }
        if (!locked || sharing != Sharing.LOCKED) {
          return use(key, create(key, parent, description), sharing);
        }
        if (released.await(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
          continue; // another user has gone; look again at once
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets go of the trees of an id that begin empty: whoever uses one keeps it to the end, and the
   * next user gets a new one.
   */
  public void forget(String id) throws IOException {
    lock.lock();
    try {
      Use use = shared.remove(id);
      if (use != null) {
        drop(use.reference);
      }
      for (String record : references.search(KEY, id.getBytes(StandardCharsets.UTF_8))) {
        try (ActiveReference free = references.mutable(record).orElse(null)) {
          if (free != null) {
            drop(free);
          }
        } catch (StoreException e) {
          if (e.code() != StoreException.Code.LOCKED) {
            throw e;
          }
          // In use by one that shares it with nobody, who keeps it.
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private static void drop(ActiveReference reference) {
    reference.setMetadata(KEY, new byte[0]);
    reference.setRetained(false);
  }

  private ActiveReference create(
      String key, Optional<ImmutableReference> parent, String description) throws IOException {
    ActiveReference fresh =
        references.create(parent, ReferenceOptions.retained(description, RecordType.CACHE_MOUNT));
    fresh.setMetadata(KEY, key.getBytes(StandardCharsets.UTF_8));
    return fresh;
  }

  private Handle use(String key, ActiveReference reference, Sharing sharing) {
    Use use = new Use(key, reference);
    if (sharing == Sharing.SHARED) {
      shared.put(key, use);
    }
    return new Handle(use);
  }
}
