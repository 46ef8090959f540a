package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The graph of records.
 *
 * <p>The graph is in memory, its rows follow it: a change is made and its row queued under {@link
 * #lock}, so that rows come in the order of the changes, and waited for outside of it. Rows come
 * after the files they name, and go before them; what a killed process leaves are files without a
 * row, which opening throws away.
 */
final class References implements ReferenceStore {
  private static final int LARGE = 4096;

  final ReentrantLock lock = new ReentrantLock();
  final SqliteDatabase database;
  final RecordTable table;
  final Snapshots snapshots;
  final Materializer materializer;

  /** Guarded by {@link #lock}, as are all below. */
  private final Map<String, Record> records = new HashMap<>();

  private final Map<String, Record> byChain = new HashMap<>();
  private final Map<String, Map<ByteBuffer, Set<Record>>> byMetadata = new HashMap<>();
  private final Set<Record> touched = new HashSet<>();

  References(
      Layout layout,
      SqliteDatabase database,
      Sequence sequence,
      Snapshots snapshots,
      MountPoints points,
      ContentStore content)
      throws IOException {
    this.database = database;
    this.snapshots = snapshots;
    table = new RecordTable(database, sequence);
    materializer = new Materializer(this, layout, snapshots, points, content);
    load(layout);
  }

  // ---- opening

  private void load(Layout layout) throws IOException {
    Map<String, RecordTable.Row> rows = table.load(database);
    Set<String> broken = new HashSet<>();
    lock.lock();
    try {
      for (String id : rows.keySet()) {
        make(id, rows, broken, layout);
      }
      for (RecordTable.Row row : rows.values()) {
        Record r = records.get(row.id());
        if (r != null && !row.equalMutable().isEmpty()) {
          Record m = records.get(row.equalMutable());
          if (m != null) {
            r.equalMutable = m;
            m.equalImmutable = r;
          }
        }
      }
    } finally {
      lock.unlock();
    }
    for (String id : broken) {
      database.write(table.delete(id));
    }
    Set<Long> known = new HashSet<>();
    for (Record r : records.values()) {
      known.add(r.snapshot);
      known.add(r.flat);
    }
    snapshots.retain(known);
  }

  private @Nullable Record make(
      String id, Map<String, RecordTable.Row> rows, Set<String> broken, Layout layout) {
    Record there = records.get(id);
    if (there != null) {
      return there;
    }
    RecordTable.Row row = rows.get(id);
    if (row == null || broken.contains(id)) {
      return null;
    }
    List<Record> parents = new ArrayList<>();
    for (String p : row.parents()) {
      Record parent = make(p, rows, broken, layout);
      if (parent == null) {
        broken.add(id);
        return null;
      }
      parents.add(parent);
    }
    boolean gone = row.snapshot() != 0 && !Files.isDirectory(layout.tree(row.snapshot()));
    boolean remakable = row.kind() != Record.Kind.LAYER || !row.blobs().isEmpty();
    if (gone && !remakable) {
      broken.add(id);
      return null;
    }
    Record r =
        new Record(
            id,
            row.kind(),
            row.mutable(),
            parents,
            row.hasLower(),
            row.createdAt(),
            row.description(),
            row.type());
    r.snapshot = gone ? 0 : row.snapshot();
    r.flat = row.flat() != 0 && Files.isDirectory(layout.tree(row.flat())) ? row.flat() : 0;
    r.prepared = row.prepared();
    r.retained = row.mutable();
    r.lastUsedAt = row.lastUsedAt();
    r.usageCount = row.usageCount();
    r.size = row.size();
    r.blobs = row.blobs();
    r.metadata.putAll(row.metadata());
    add(r);
    return r;
  }

  /** Puts a record into the graph and its indexes. */
  private void add(Record r) {
    records.put(r.id, r);
    for (Record p : r.parents) {
      p.children++;
    }
    r.blobs.forEach(b -> byChain.putIfAbsent(chainKey(r, b.diffId()), r));
    r.metadata.forEach((k, v) -> index(r, k, v));
  }

  private void index(Record r, String key, byte[] value) {
    byMetadata
        .computeIfAbsent(key, k -> new HashMap<>())
        .computeIfAbsent(ByteBuffer.wrap(value.clone()), v -> new LinkedHashSet<>())
        .add(r);
  }

  private void unindex(Record r, String key, byte @Nullable [] value) {
    Map<ByteBuffer, Set<Record>> values = byMetadata.get(key);
    if (values == null || value == null) {
      return;
    }
    Set<Record> set = values.get(ByteBuffer.wrap(value));
    if (set != null && set.remove(r) && set.isEmpty()) {
      values.remove(ByteBuffer.wrap(value));
    }
  }

  private static String chainKey(Record r, Digest diffId) {
    return (r.kind != Record.Kind.LAYER || r.parents.isEmpty() ? "" : r.parents.getFirst().id)
        + "|"
        + diffId;
  }

  /** Takes a record out of the graph. */
  private void remove(Record r) {
    r.dead = true;
    records.remove(r.id, r);
    for (Record p : r.parents) {
      p.children--;
    }
    r.blobs.forEach(b -> byChain.remove(chainKey(r, b.diffId()), r));
    r.metadata.forEach((k, v) -> unindex(r, k, v));
    touched.remove(r);
  }

  // ---- handles

  /** Counts a use; the time is written with the next checkpoint. */
  private void touch(Record r) {
    r.usageCount++;
    r.lastUsedAt = Optional.of(Instant.now());
    touched.add(r);
  }

  void hold(Record r) {
    lock.lock();
    try {
      if (r.dead) {
        throw new IllegalStateException("reference " + r.id + " is gone");
      }
      r.handles++;
    } finally {
      lock.unlock();
    }
  }

  void release(Record r) {
    boolean drop = false;
    lock.lock();
    try {
      r.handles--;
      r.lastUsedAt = Optional.of(Instant.now());
      touched.add(r);
      if (r.handles == 0 && r.mutable && !r.retained && !r.dead) {
        remove(r);
        drop = true;
      }
    } finally {
      lock.unlock();
    }
    if (drop) {
      dropFiles(r);
    }
  }

  private void dropFiles(Record r) {
    materializer.dropViews(r);
    try {
      for (long n : new long[] {r.snapshot, r.flat}) {
        if (n != 0) {
          snapshots.discard(n);
        }
      }
    } catch (IOException e) {
      // They have no row any more: the next open throws them away.
      System.getLogger(References.class.getName())
          .log(System.Logger.Level.WARNING, "dropping snapshot of " + r.id, e);
    }
  }

  private ImmutableHandle handle(Record r, LayerProviders providers) {
    r.handles++;
    touch(r);
    return new ImmutableHandle(this, r, providers);
  }

  ImmutableHandle open(Record r, LayerProviders providers) {
    lock.lock();
    try {
      if (r.dead) {
        throw new IllegalStateException("reference " + r.id + " is gone");
      }
      return handle(r, providers);
    } finally {
      lock.unlock();
    }
  }

  private static ImmutableHandle own(ImmutableReference r) {
    if (r instanceof ImmutableHandle h) {
      h.checkOpen();
      return h;
    }
    throw new IllegalArgumentException("not a reference of this store: " + r.id());
  }

  // ---- ReferenceStore

  @Override
  public ActiveReference create(Optional<ImmutableReference> parent, ReferenceOptions options)
      throws IOException {
    long snapshot = snapshots.create();
    CompletableFuture<Boolean> written = null;
    Record r;
    LayerProviders providers = LayerProviders.NONE;
    lock.lock();
    try {
      List<Record> parents = List.of();
      if (parent.isPresent()) {
        ImmutableHandle p = own(parent.get());
        part(p.record);
        parents = List.of(p.record);
        providers = p.providers;
      }
      r =
          new Record(
              Record.newId(),
              Record.Kind.LAYER,
              true,
              parents,
              false,
              now(),
              options.description(),
              options.type());
      r.snapshot = snapshot;
      r.retained = options.retained();
      r.handles = 1;
      add(r);
      touch(r);
      if (r.retained) {
        written = database.submit(table.insert(r));
      }
    } finally {
      lock.unlock();
    }
    if (written != null) {
      awaitOrUndo(written, r);
    }
    return new ActiveHandle(this, r, providers);
  }

  /** Waits for a new record's row; without it the record is taken back. */
  private void awaitOrUndo(CompletableFuture<Boolean> written, Record r) throws IOException {
    try {
      database.await(written);
    } catch (UncheckedIOException e) {
      lock.lock();
      try {
        remove(r);
      } finally {
        lock.unlock();
      }
      dropFiles(r);
      throw StoreException.unwrap(e);
    }
  }

  static Instant now() {
    return Instant.ofEpochMilli(System.currentTimeMillis());
  }

  @Override
  public Optional<ImmutableReference> get(String id) {
    return get(id, LayerProviders.NONE);
  }

  @Override
  public Optional<ImmutableReference> get(String id, LayerProvider provider) {
    return get(id, LayerProviders.any(provider));
  }

  private Optional<ImmutableReference> get(String id, LayerProviders providers) {
    lock.lock();
    try {
      Record r = records.get(id);
      return r == null || r.mutable ? Optional.empty() : Optional.of(handle(r, providers));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<ActiveReference> mutable(String id) throws IOException {
    CompletableFuture<Boolean> written = null;
    Record r;
    Record shown;
    lock.lock();
    try {
      r = records.get(id);
      if (r == null || !r.mutable) {
        return Optional.empty();
      }
      shown = r.equalImmutable;
      if (r.handles > 0 || (shown != null && shown.handles > 0)) {
        throw new StoreException(StoreException.Code.LOCKED, "reference " + id + " is locked");
      }
      if (shown != null) {
        r.equalImmutable = null;
        shown.equalMutable = null;
        remove(shown);
        written = database.submit(table.delete(shown.id));
      }
      r.handles = 1;
      r.size = -1;
      touch(r);
    } finally {
      lock.unlock();
    }
    if (shown != null && written != null) {
      materializer.dropViews(shown);
      try {
        database.await(written);
      } catch (UncheckedIOException e) {
        release(r);
        throw StoreException.unwrap(e);
      }
    }
    return Optional.of(new ActiveHandle(this, r, LayerProviders.NONE));
  }

  /** Parts an immutable record from its mutable twin, which ends: something is built upon it. */
  private void part(Record r) {
    Record m = r.equalMutable;
    if (m != null) {
      r.equalMutable = null;
      m.equalImmutable = null;
      remove(m);
      // One transaction order: the tree has an owner at every instant.
      database.writeLater(table.part(r.id));
      database.writeLater(table.delete(m.id));
    }
  }

  @Override
  public ImmutableReference layer(
      Optional<ImmutableReference> parent, LayerInfo layer, LayerProvider provider) {
    CompletableFuture<Boolean> written;
    Record r;
    ImmutableHandle handle;
    lock.lock();
    try {
      ImmutableHandle p = parent.isPresent() ? own(parent.get()) : null;
      LayerProviders providers = p == null ? LayerProviders.NONE : p.providers;
      String key = (p == null ? "" : p.record.id) + "|" + layer.diffId();
      Record there = byChain.get(key);
      if (there != null) {
        ImmutableHandle h = handle(there, providers.with(there.id, provider));
        addBlob(there, layer);
        return h;
      }
      if (p != null) {
        part(p.record);
      }
      r =
          new Record(
              Record.newId(),
              Record.Kind.LAYER,
              false,
              p == null ? List.of() : List.of(p.record),
              false,
              now(),
              layer.source().isEmpty() ? "" : "pulled from " + layer.source(),
              RecordType.REGULAR);
      r.blobs = List.of(layer);
      r.prepared = true;
      add(r);
      written = database.submit(table.insert(r));
      handle = handle(r, providers.with(r.id, provider));
    } finally {
      lock.unlock();
    }
    try {
      database.await(written);
      return handle;
    } catch (UncheckedIOException e) {
      handle.close();
      lock.lock();
      try {
        if (r.handles == 0 && r.children == 0 && !r.dead) {
          remove(r);
        }
      } finally {
        lock.unlock();
      }
      throw e;
    }
  }

  /** Called under the lock. */
  private void addBlob(Record r, LayerInfo blob) {
    if (r.blobs.stream().anyMatch(b -> b.digest().equals(blob.digest()))) {
      return;
    }
    List<LayerInfo> all = new ArrayList<>(r.blobs);
    all.add(blob);
    r.blobs = List.copyOf(all);
    byChain.putIfAbsent(chainKey(r, blob.diffId()), r);
    database.writeLater(table.blob(r.id, all.size() - 1, blob));
  }

  void recordBlob(Record r, LayerInfo blob) {
    lock.lock();
    try {
      if (!r.isOneLayer()) {
        throw new IllegalArgumentException("reference " + r.id + " is not one layer");
      }
      addBlob(r, blob);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public ImmutableReference merge(List<ImmutableReference> inputs, ReferenceOptions options)
      throws IOException {
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("merge of nothing");
    }
    if (inputs.size() == 1) {
      return inputs.getFirst().share();
    }
    return combined(Record.Kind.MERGE, inputs, false, options);
  }

  @Override
  public ImmutableReference diff(
      Optional<ImmutableReference> lower,
      Optional<ImmutableReference> upper,
      ReferenceOptions options)
      throws IOException {
    List<ImmutableReference> inputs = new ArrayList<>();
    lower.ifPresent(inputs::add);
    upper.ifPresent(inputs::add);
    return combined(Record.Kind.DIFF, inputs, lower.isPresent(), options);
  }

  private ImmutableReference combined(
      Record.Kind kind, List<ImmutableReference> inputs, boolean hasLower, ReferenceOptions options)
      throws IOException {
    CompletableFuture<Boolean> written;
    Record r;
    ImmutableHandle handle;
    lock.lock();
    try {
      LayerProviders providers = LayerProviders.NONE;
      List<Record> parents = new ArrayList<>();
      for (ImmutableReference i : inputs) {
        ImmutableHandle h = own(i);
        part(h.record);
        providers = providers.with(h.providers);
        parents.add(h.record);
      }
      r =
          new Record(
              Record.newId(),
              kind,
              false,
              parents,
              hasLower,
              now(),
              options.description(),
              options.type());
      r.prepared = true;
      add(r);
      written = database.submit(table.insert(r));
      handle = handle(r, providers);
    } finally {
      lock.unlock();
    }
    try {
      database.await(written);
      return handle;
    } catch (UncheckedIOException e) {
      handle.close();
      throw StoreException.unwrap(e);
    }
  }

  @Override
  public List<String> search(String key, byte[] value) {
    lock.lock();
    try {
      Map<ByteBuffer, Set<Record>> values = byMetadata.get(key);
      Set<Record> found = values == null ? null : values.get(ByteBuffer.wrap(value));
      if (found == null) {
        return List.of();
      }
      return found.stream()
          .sorted(Comparator.comparing((Record r) -> r.lastUsedAt.orElse(Instant.EPOCH)).reversed())
          .map(r -> r.id)
          .toList();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean exists(String id) {
    lock.lock();
    try {
      return records.containsKey(id);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean delete(String id) throws IOException {
    CompletableFuture<Boolean> written;
    Record r;
    Record twin;
    lock.lock();
    try {
      r = records.get(id);
      if (r == null || r.handles > 0 || r.children > 0) {
        return false;
      }
      if (r.mutable && r.equalImmutable != null) {
        twin = r.equalImmutable;
        if (twin.handles > 0 || twin.children > 0) {
          return false;
        }
        remove(twin);
        database.writeLater(table.delete(twin.id));
      } else {
        twin = null;
        if (r.equalMutable != null) {
          // The tree stays the mutable one's.
          r.equalMutable.equalImmutable = null;
          r.snapshot = 0;
        }
      }
      remove(r);
      written = database.submit(table.delete(r.id));
    } finally {
      lock.unlock();
    }
    try {
      database.await(written);
    } catch (UncheckedIOException e) {
      lock.lock();
      try {
        r.dead = false;
        add(r);
      } finally {
        lock.unlock();
      }
      throw StoreException.unwrap(e);
    }
    if (twin != null) {
      materializer.dropViews(twin);
    }
    dropFiles(r);
    return true;
  }

  // ---- for handles

  /** Makes an active record's tree immutable, and returns a handle that replaces the active one. */
  ImmutableReference commit(Record active, LayerProviders providers) throws IOException {
    CompletableFuture<Boolean> written;
    Record r =
        new Record(
            active.id,
            Record.Kind.LAYER,
            false,
            active.parents,
            false,
            active.createdAt,
            active.description,
            active.type);
    ImmutableHandle handle;
    lock.lock();
    try {
      r.snapshot = active.snapshot;
      r.prepared = active.prepared;
      r.metadata.putAll(active.metadata);
      r.usageCount = active.usageCount;
      remove(active);
      add(r);
      handle = handle(r, providers);
      written = database.submit(table.insert(r));
    } finally {
      lock.unlock();
    }
    materializer.forgetWork(r);
    awaitOrUndo(written, r);
    return handle;
  }

  ImmutableReference commitRetained(Record active) throws IOException {
    CompletableFuture<Boolean> written;
    ImmutableHandle handle;
    lock.lock();
    try {
      Record r =
          new Record(
              Record.newId(),
              Record.Kind.LAYER,
              false,
              active.parents,
              false,
              now(),
              active.description,
              active.type);
      r.snapshot = active.snapshot;
      r.prepared = active.prepared;
      r.equalMutable = active;
      active.equalImmutable = r;
      active.handles--;
      add(r);
      handle = handle(r, LayerProviders.NONE);
      written = database.submit(table.insert(r));
    } finally {
      lock.unlock();
    }
    try {
      database.await(written);
      return handle;
    } catch (UncheckedIOException e) {
      handle.close();
      throw StoreException.unwrap(e);
    }
  }

  void setRetained(Record r, boolean retained) {
    lock.lock();
    try {
      if (r.retained == retained) {
        return;
      }
      r.retained = retained;
      database.writeLater(retained ? table.insert(r) : table.delete(r.id));
    } finally {
      lock.unlock();
    }
  }

  private static boolean hasRow(Record r) {
    return !r.mutable || r.retained;
  }

  Optional<byte[]> metadata(Record r, String key) {
    lock.lock();
    try {
      byte[] v = r.metadata.get(key);
      if (v != null) {
        return Optional.of(v.clone());
      }
      if (!hasRow(r)) {
        return Optional.empty();
      }
    } finally {
      lock.unlock();
    }
    return table.largeMetadata(database, r.id, key);
  }

  void setMetadata(Record r, String key, byte[] value) {
    CompletableFuture<Boolean> written = null;
    lock.lock();
    try {
      unindex(r, key, r.metadata.remove(key));
      boolean large = value.length > LARGE && hasRow(r);
      if (value.length > 0 && !large) {
        byte[] copy = value.clone();
        r.metadata.put(key, copy);
        index(r, key, copy);
      }
      if (hasRow(r)) {
        if (large) {
          written = database.submit(table.metadata(r.id, key, value));
        } else {
          database.writeLater(table.metadata(r.id, key, value));
        }
      }
    } finally {
      lock.unlock();
    }
    if (written != null) {
      database.await(written);
    }
  }

  void describe(Record r, String description, RecordType type) {
    lock.lock();
    try {
      r.description = description;
      r.type = type;
      if (hasRow(r)) {
        database.writeLater(table.describe(r.id, description, type));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Records the snapshot of a lazy record, which now has one. */
  void materialized(Record r, long snapshot, long flat) throws IOException {
    CompletableFuture<Boolean> written;
    lock.lock();
    try {
      r.snapshot = snapshot;
      r.flat = flat;
      r.size = -1;
      written = database.submit(table.snapshot(r.id, snapshot, flat, r.prepared));
    } finally {
      lock.unlock();
    }
    try {
      database.await(written);
    } catch (UncheckedIOException e) {
      throw StoreException.unwrap(e);
    }
  }

  /** Records that a snapshot has what it starts with. */
  void prepared(Record r) {
    lock.lock();
    try {
      r.prepared = true;
      if (hasRow(r) && !r.dead) {
        database.writeLater(table.snapshot(r.id, r.snapshot, r.flat, true));
      }
    } finally {
      lock.unlock();
    }
  }

  long size(Record r) throws IOException, InterruptedException {
    long known = r.size;
    if (known >= 0) {
      return known;
    }
    long size = materializer.size(r);
    boolean fixed = !r.mutable || r.handles == 0;
    if (fixed) {
      r.size = size;
      if (hasRow(r)) {
        database.writeLater(table.size(r.id, size));
      }
    }
    return size;
  }

  // ---- usage

  /** Records as collection sees them: those that share one tree once. */
  List<GarbageCollector.Candidate> candidates() {
    lock.lock();
    try {
      List<GarbageCollector.Candidate> list = new ArrayList<>();
      Map<Record, Boolean> used = new HashMap<>();
      Map<Record, List<Record>> children = new HashMap<>();
      for (Record r : records.values()) {
        r.parents.forEach(p -> children.computeIfAbsent(p, k -> new ArrayList<>()).add(r));
      }
      for (Record r : records.values()) {
        boolean duplicate =
            (r.equalImmutable != null && r.equalImmutable.handles > 0)
                || (r.equalMutable != null && r.handles == 0);
        if (!duplicate) {
          list.add(
              new GarbageCollector.Candidate(
                  new UsageRecord(
                      r.id,
                      r.mutable,
                      isUsed(r, children, used),
                      r.mutable && r.handles > 0 ? 0 : r.size,
                      r.parents.stream().map(p -> p.id).toList(),
                      r.createdAt,
                      r.lastUsedAt,
                      r.usageCount,
                      r.description,
                      r.type,
                      false),
                  r.handles > 0));
        }
      }
      return list;
    } finally {
      lock.unlock();
    }
  }

  private static boolean isUsed(
      Record start, Map<Record, List<Record>> children, Map<Record, Boolean> known) {
    // By an explicit stack: chains may be a thousand deep.
    List<Record> stack = new ArrayList<>(List.of(start));
    while (!stack.isEmpty()) {
      Record r = stack.getLast();
      if (known.containsKey(r)) {
        stack.removeLast();
        continue;
      }
      boolean used = r.handles > 0;
      boolean ready = true;
      for (Record c : children.getOrDefault(r, List.of())) {
        Boolean k = known.get(c);
        if (k == null) {
          stack.add(c);
          ready = false;
        } else {
          used |= k;
        }
      }
      if (ready || used) {
        known.put(r, used);
      }
    }
    return Boolean.TRUE.equals(known.get(start));
  }

  /** The size of a record by id; 0 when it is gone. */
  long sizeOf(String id) throws IOException, InterruptedException {
    Record r;
    lock.lock();
    try {
      r = records.get(id);
      if (r == null || (r.mutable && r.handles > 0)) {
        return 0;
      }
      r.handles++; // Not collected meanwhile.
    } finally {
      lock.unlock();
    }
    try {
      boolean alone = r.handles == 1;
      long known = r.size;
      if (known >= 0) {
        return known;
      }
      long size = materializer.size(r);
      if (!r.mutable || alone) {
        r.size = size;
        database.writeLater(table.size(r.id, size));
      }
      return size;
    } finally {
      lock.lock();
      try {
        r.handles--;
      } finally {
        lock.unlock();
      }
    }
  }

  /** Digests of blobs that records name. */
  Set<Digest> blobs() {
    lock.lock();
    try {
      Set<Digest> set = new HashSet<>();
      for (Record r : records.values()) {
        r.blobs.forEach(b -> set.add(b.digest()));
      }
      return set;
    } finally {
      lock.unlock();
    }
  }

  /** Queues the times of use that changed since the last call. */
  void flushUses() {
    lock.lock();
    try {
      for (Record r : touched) {
        if (hasRow(r) && !r.dead) {
          database.writeLater(
              table.use(r.id, r.lastUsedAt.map(Instant::toEpochMilli).orElse(0L), r.usageCount));
        }
      }
      touched.clear();
    } finally {
      lock.unlock();
    }
  }

  /** Open handles and mounts of all records. */
  int openHandles() {
    lock.lock();
    try {
      return records.values().stream().mapToInt(r -> r.handles).sum();
    } finally {
      lock.unlock();
    }
  }
}
