package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.linux.FileSystems;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * One worker's state directory, opened by one process at a time.
 *
 * <p>Durability: what was committed survives the end of the process at any instant, since files
 * come before their rows and rows are in the kernel's hands. Against the end of the machine,
 * everything is synced together every few seconds (one syncfs, one checkpoint of the database);
 * after a machine died, what came after the last of these is dropped at open.
 */
public final class Store implements AutoCloseable {
  private static final long CHECKPOINT_SECONDS = 5;
  private static final long TRASH_MILLIS = 100;

  /** Blobs younger than this are not collected: their namer may be on its way. */
  private static final Duration BLOB_GRACE = Duration.ofMinutes(5);

  /** With less than this free, pruning gives up its reserve to be able to write at all. */
  private static final long FULL = 16 << 20;

  private static final System.Logger LOG = System.getLogger(Store.class.getName());

  private final Layout layout;
  private final OpenFile lock;
  private final SqliteDatabase database;
  private final Sequence sequence;
  private final DiskContentStore content;
  private final Snapshots snapshots;
  private final MountPoints points;
  private final References references;
  private final Leases leases;
  private final ScheduledThreadPoolExecutor background;
  private final ReentrantLock pruning = new ReentrantLock();
  private final ReentrantLock checkpointing = new ReentrantLock();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicBoolean emptying = new AtomicBoolean();

  private Store(Layout layout, OpenFile lock, SqliteDatabase database, StoreOptions options)
      throws IOException {
    this.layout = layout;
    this.lock = lock;
    this.database = database;
    MountPoints.clean(layout);
    layout.emptyTemp();
    layout.makeReserve();
    Recovery recovery = Recovery.of(database);
    sequence = new Sequence(recovery.last());
    if (recovery.machineDied()) {
      layout.emptyIngests();
    }
    content = new DiskContentStore(layout, database, sequence);
    snapshots = Snapshots.open(layout, options.snapshotter());
    leases = new Leases(database);
    points = new MountPoints(layout);
    references = new References(layout, database, sequence, snapshots, points, content);
    background =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().name("store-background").daemon().factory(),
            new ThreadPoolExecutor.DiscardPolicy()); // Once closed there is nothing to do.
    layout.whenDiscarded(this::emptyTrashSoon);
    emptyTrashSoon();
    background.scheduleWithFixedDelay(
        this::maintain, CHECKPOINT_SECONDS, CHECKPOINT_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Opens or creates the directory, and cleans what a killed process left half-made.
   *
   * @throws StoreException LOCKED while another process has it open
   */
  public static Store open(Path root, StoreOptions options) throws IOException {
    Layout layout;
    OpenFile lock;
    try {
      layout = new Layout(root);
      lock = OpenFile.open(layout.lock(), OpenFile.O_RDWR | OpenFile.O_CREAT, 0600);
    } catch (LinuxException e) {
      throw e.isNoSpace() ? full(root, e) : e;
    }
    SqliteDatabase database = null;
    boolean opened = false;
    try {
      if (!lock.tryLock()) {
        throw new StoreException(
            StoreException.Code.LOCKED,
            "state directory " + layout.root() + " is in use by another process");
      }
      database = new SqliteDatabase(layout.database());
      Store store = new Store(layout, lock, database, options);
      opened = true;
      return store;
    } catch (UncheckedIOException e) {
      throw StoreException.unwrap(e);
    } finally {
      if (!opened) {
        if (database != null) {
          database.close();
        }
        lock.close();
      }
    }
  }

  private static StoreException full(Path root, IOException e) {
    return new StoreException(
        StoreException.Code.NO_SPACE, "no space left on device below " + root, e);
  }

  // ---- durability

  private void maintain() {
    try {
      references.values.flushUses();
      if (database.isDirty()) {
        checkpoint();
      }
      emptyTrash();
    } catch (IOException | RuntimeException e) {
      if (!closed.get()) {
        LOG.log(System.Logger.Level.WARNING, "syncing the store", e);
      }
    }
  }

  /** Syncs everything that was committed until now. */
  public void checkpoint() throws IOException {
    checkpointing.lock();
    try {
      long last = sequence.last();
      FileSystems.sync(layout.root());
      Recovery.synced(database, last);
      database.checkpoint();
    } catch (UncheckedIOException e) {
      throw StoreException.unwrap(e);
    } finally {
      checkpointing.unlock();
    }
  }

  /** What was discarded takes space still: it goes as soon as nobody waits for it to go. */
  private void emptyTrashSoon() {
    if (!closed.get() && emptying.compareAndSet(false, true)) {
      background.schedule(this::emptyTrash, TRASH_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void emptyTrash() {
    emptying.set(false);
    try {
      layout.emptyTrash();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "emptying " + layout.trash(), e);
    }
  }

  // ---- rooms

  public ContentStore content() {
    return content;
  }

  public ReferenceStore references() {
    return references;
  }

  public Database database() {
    return database;
  }

  /** The word of the snapshotter in use: overlayfs or native. */
  public String snapshotter() {
    return snapshots.isOverlay() ? "overlayfs" : "native";
  }

  /** A directory for temporary files of this process, empty at open. */
  public Path temporaryDirectory() {
    return layout.temp();
  }

  /** The state directory. */
  public Path root() {
    return layout.root();
  }

  /** A lease that ends with its close, or with the process. */
  public Lease lease() {
    return leases.temporary();
  }

  /** A lease that stays under its id until deleted; opened again by the same id. */
  public Lease persistentLease(String id) {
    return leases.persistent(id);
  }

  public void deleteLease(String id) {
    leases.delete(id);
  }

  /** Handles and mounts of references that are open now; 0 when nothing is built. */
  public int openHandles() {
    return references.removal.openHandles();
  }

  /** Mount points of this store in use now, those that linger after use not counted. */
  public int openMounts() {
    return points.inUse();
  }

  // ---- usage

  /** What lies here, by containerd filter expressions (any selects; none selects all). */
  public List<UsageRecord> diskUsage(List<String> filters)
      throws IOException, InterruptedException {
    Predicate<UsageRecord> filter = Filter.any(filters);
    List<UsageRecord> list = new ArrayList<>();
    for (GarbageCollector.Candidate c : candidates()) {
      if (filter.test(c.usage())) {
        list.add(c.usage());
      }
    }
    return list;
  }

  /** All records with their sizes. */
  private List<GarbageCollector.Candidate> candidates() throws IOException, InterruptedException {
    List<GarbageCollector.Candidate> list = new ArrayList<>();
    for (GarbageCollector.Candidate c : references.removal.candidates()) {
      UsageRecord u = c.usage();
      if (u.size() >= 0) {
        list.add(c);
      } else {
        list.add(
            new GarbageCollector.Candidate(
                withSize(u, references.values.sizeOf(u.id(), references.materializer::size)),
                c.held()));
      }
    }
    return list;
  }

  private static UsageRecord withSize(UsageRecord u, long size) {
    return new UsageRecord(
        u.id(),
        u.mutable(),
        u.inUse(),
        size,
        u.parents(),
        u.createdAt(),
        u.lastUsedAt(),
        u.usageCount(),
        u.description(),
        u.recordType(),
        u.shared());
  }

  /** Applies policies in order and tells each record it removed, with its size. */
  public void prune(List<GcPolicy> policies, Consumer<UsageRecord> removed)
      throws IOException, InterruptedException {
    pruning.lockInterruptibly();
    try {
      if (FileSystems.space(layout.root()).available() < FULL) {
        layout.useReserve();
      }
      Set<Digest> freed = new HashSet<>(references.removal.blobs());
      for (GcPolicy policy : policies) {
        prune(policy, removed);
      }
      freed.removeAll(references.removal.blobs());
      collectContent(freed);
    } catch (UncheckedIOException e) {
      throw StoreException.unwrap(e);
    } finally {
      pruning.unlock();
    }
    emptyTrash();
    layout.makeReserve();
  }

  private void prune(GcPolicy policy, Consumer<UsageRecord> removed)
      throws IOException, InterruptedException {
    List<GarbageCollector.Candidate> candidates = new ArrayList<>();
    Map<String, UsageRecord> usage = new HashMap<>();
    for (GarbageCollector.Candidate c : candidates()) {
      candidates.add(
          leases.holds(c.usage().id()) ? new GarbageCollector.Candidate(c.usage(), true) : c);
      usage.put(c.usage().id(), c.usage());
    }
    long free = policy.minFreeSpace() == 0 ? 0 : FileSystems.space(layout.root()).available();
    for (String id : GarbageCollector.select(candidates, policy, free, Instant.now())) {
      if (Thread.interrupted()) {
        throw new InterruptedException("prune interrupted");
      }
      // Refused when somebody took a handle or a lease in the meantime.
      if (references.delete(id, leases::holds)) {
        UsageRecord u = usage.get(id);
        if (u != null) {
          removed.accept(u);
        }
      }
    }
  }

  /** Deletes blobs that no record and no lease names. */
  private void collectContent(Set<Digest> freed) throws IOException {
    Set<Digest> named = new HashSet<>(references.removal.blobs());
    Instant young = Instant.now().minus(BLOB_GRACE);
    for (BlobInfo b : content.list()) {
      if (!named.contains(b.digest())
          && !leases.holds(b.digest())
          && (freed.contains(b.digest()) || b.createdAt().isBefore(young))) {
        content.delete(b.digest());
      }
    }
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    background.shutdownNow();
    points.close();
    try {
      references.values.flushUses();
      long last = sequence.last();
      FileSystems.sync(layout.root());
      Recovery.closed(database, last);
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "closing the store", e);
    }
    database.close();
    lock.close();
  }
}
