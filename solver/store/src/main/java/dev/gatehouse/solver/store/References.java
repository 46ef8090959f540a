package dev.gatehouse.solver.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * The door to the records: makes and opens references. The rest stands in rooms of its own, see the
 * package.
 *
 * <p>The graph is in memory, its rows follow it: a change is made and its row queued under the
 * graph's lock, so that rows come in the order of the changes, and waited for outside of it. Rows
 * come after the files they name, and go before them; what a killed process leaves are files
 * without a row, which opening throws away.
 */
final class References implements ReferenceStore {
  final RecordGraph graph = new RecordGraph();
  final SqliteDatabase database;
  final RecordTable table;
  final Snapshots snapshots;
  final Materializer materializer;
  final RecordValues values;
  final Commits commits;
  final Removal removal;
  private final Composition composition;

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
    values = new RecordValues(graph, database, table);
    removal = new Removal(graph, database, table, snapshots, points);
    materializer = new Materializer(values, removal, layout, snapshots, points, content);
    commits = new Commits(this);
    composition = new Composition(this);
    RecordLoader.load(graph, table, database, layout, snapshots);
  }

  static Instant now() {
    return Instant.ofEpochMilli(System.currentTimeMillis());
  }

  // ---- handles

  /** A handle of a record that is there; called under the lock. */
  ImmutableHandle handle(Record r, LayerProviders providers) {
    r.handles++;
    graph.touch(r);
    return new ImmutableHandle(this, r, providers);
  }

  ImmutableHandle open(Record r, LayerProviders providers) {
    graph.lock.lock();
    try {
      if (r.dead) {
        throw new IllegalStateException("reference " + r.id + " is gone");
      }
      return handle(r, providers);
    } finally {
      graph.lock.unlock();
    }
  }

  static ImmutableHandle own(ImmutableReference r) {
    if (r instanceof ImmutableHandle h) {
      h.checkOpen();
      return h;
    }
    throw new IllegalArgumentException("not a reference of this store: " + r.id());
  }

  // ---- making

  @Override
  public ActiveReference create(Optional<ImmutableReference> parent, ReferenceOptions options)
      throws IOException {
    long snapshot = snapshots.create();
    CompletableFuture<Boolean> written = null;
    Record r;
    LayerProviders providers = LayerProviders.NONE;
    boolean made = false;
    graph.lock.lock();
    try {
      List<Record> parents = List.of();
      if (parent.isPresent()) {
        ImmutableHandle p = own(parent.get());
        commits.part(p.record);
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
      graph.add(r);
      graph.touch(r);
      if (r.retained) {
        written = database.submit(table.insert(r));
      }
      made = true;
    } finally {
      graph.lock.unlock();
      if (!made) {
        snapshots.discard(snapshot); // The parent is closed.
      }
    }
    if (written != null) {
      awaitOrUndo(written, r);
    }
    return new ActiveHandle(this, r, providers);
  }

  /** Waits for a new record's row; without it the record is taken back. */
  void awaitOrUndo(CompletableFuture<Boolean> written, Record r) throws IOException {
    try {
      database.await(written);
    } catch (UncheckedIOException e) {
      removal.undo(r);
      throw StoreException.unwrap(e);
    }
  }

  /** Waits for the row of a record that has a handle; without it the handle is closed. */
  ImmutableReference awaitOrClose(CompletableFuture<Boolean> written, ImmutableHandle handle)
      throws IOException {
    try {
      database.await(written);
      return handle;
    } catch (UncheckedIOException e) {
      handle.close();
      throw StoreException.unwrap(e);
    }
  }

  @Override
  public Optional<ActiveReference> mutable(String id) throws IOException {
    CompletableFuture<Boolean> written = null;
    Record r;
    Record shown;
    graph.lock.lock();
    try {
      r = graph.get(id);
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
        graph.remove(shown);
        written = database.submit(table.delete(shown.id));
      }
      r.handles = 1;
      r.size = -1;
      graph.touch(r);
    } finally {
      graph.lock.unlock();
    }
    if (shown != null && written != null) {
      removal.dropViews(shown);
      try {
        database.await(written);
      } catch (UncheckedIOException e) {
        removal.release(r);
        throw StoreException.unwrap(e);
      }
    }
    return Optional.of(new ActiveHandle(this, r, LayerProviders.NONE));
  }

  @Override
  public ImmutableReference layer(
      Optional<ImmutableReference> parent, LayerInfo layer, LayerProvider provider) {
    CompletableFuture<Boolean> written;
    Record r;
    ImmutableHandle handle;
    graph.lock.lock();
    try {
      ImmutableHandle p = parent.isPresent() ? own(parent.get()) : null;
      LayerProviders providers = p == null ? LayerProviders.NONE : p.providers;
      Record there = graph.layer(p == null ? null : p.record, layer.diffId());
      if (there != null) {
        ImmutableHandle h = handle(there, providers.with(there.id, provider));
        values.offer(there, layer);
        return h;
      }
      if (p != null) {
        commits.part(p.record);
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
      graph.add(r);
      written = database.submit(table.insert(r));
      handle = handle(r, providers.with(r.id, provider));
    } finally {
      graph.lock.unlock();
    }
    try {
      database.await(written);
      return handle;
    } catch (UncheckedIOException e) {
      handle.close();
      graph.lock.lock();
      try {
        if (r.handles == 0 && r.children == 0 && !r.dead) {
          graph.remove(r);
        }
      } finally {
        graph.lock.unlock();
      }
      throw e;
    }
  }

  @Override
  public ImmutableReference merge(List<ImmutableReference> inputs, ReferenceOptions options)
      throws IOException {
    return composition.merge(inputs, options);
  }

  @Override
  public ImmutableReference diff(
      Optional<ImmutableReference> lower,
      Optional<ImmutableReference> upper,
      ReferenceOptions options)
      throws IOException {
    return composition.diff(lower, upper, options);
  }

  // ---- finding

  @Override
  public Optional<ImmutableReference> get(String id) {
    return get(id, LayerProviders.NONE);
  }

  @Override
  public Optional<ImmutableReference> get(String id, LayerProvider provider) {
    return get(id, LayerProviders.any(provider));
  }

  private Optional<ImmutableReference> get(String id, LayerProviders providers) {
    graph.lock.lock();
    try {
      Record r = graph.get(id);
      return r == null || r.mutable ? Optional.empty() : Optional.of(handle(r, providers));
    } finally {
      graph.lock.unlock();
    }
  }

  @Override
  public List<String> search(String key, byte[] value) {
    graph.lock.lock();
    try {
      return graph.metadata().search(key, value);
    } finally {
      graph.lock.unlock();
    }
  }

  @Override
  public boolean exists(String id) {
    graph.lock.lock();
    try {
      return graph.get(id) != null;
    } finally {
      graph.lock.unlock();
    }
  }

  @Override
  public boolean delete(String id) throws IOException {
    return delete(id, i -> false);
  }

  /** As {@link #delete(String)}, unless something else keeps the record at that moment. */
  boolean delete(String id, Predicate<String> kept) throws IOException {
    return removal.delete(id, kept);
  }
}
