package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.ReadableDirectory;
import dev.gatehouse.solver.linux.ReadableRoot;
import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.store.layer.LayerUnpacker;
import dev.gatehouse.solver.store.layer.LayeredDirectory;
import dev.gatehouse.solver.store.layer.LayeredRoot;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Brings lazy records to disk, once for all who wait, and shows records as mounts.
 *
 * <p>Overlayfs stops at 500 layers and one page of options, and slows down long before: a chain
 * longer than {@value #MAX_STACK} is laid over once more as one plain tree of hard links. Longer
 * stacks were tried: 1,000 steps upon 5,000 files took 7.2 and 9.0 s of processor time with 128,
 * 9.7 and 10.4 with 300.
 */
final class Materializer {
  private static final int MAX_STACK = 128;

  private final RecordValues values;
  private final Removal uses;
  private final Layout layout;
  private final Snapshots snapshots;
  private final MountPoints points;
  private final ContentStore content;
  private final SingleFlight<String> flights = new SingleFlight<>();

  Materializer(
      RecordValues values,
      Removal uses,
      Layout layout,
      Snapshots snapshots,
      MountPoints points,
      ContentStore content) {
    this.values = values;
    this.uses = uses;
    this.layout = layout;
    this.snapshots = snapshots;
    this.points = points;
    this.content = content;
  }

  // ---- laziness

  /** Records whose snapshots a mount of this one needs, in the order to make them. */
  private static List<Record> needed(Record record) {
    Set<Record> set = new LinkedHashSet<>();
    collect(record, set);
    return List.copyOf(set);
  }

  private static void collect(Record record, Set<Record> into) {
    List<Record> chain = new ArrayList<>();
    for (Record r = record; r != null && !into.contains(r); r = r.base()) {
      chain.addFirst(r);
      if (r.flat != 0) {
        break;
      }
    }
    for (Record r : chain) {
      if (r.snapshot == 0) {
        switch (r.kind) {
          case LAYER -> {}
          case MERGE -> r.parents.subList(1, r.parents.size()).forEach(p -> collectLayers(p, into));
          case DIFF -> {
            Optional<List<Record>> between = r.between();
            if (between.isPresent()) {
              between.get().forEach(l -> collect(l, into));
            } else {
              r.parents.forEach(p -> collect(p, into));
            }
          }
        }
      }
      into.add(r);
    }
  }

  private static void collectLayers(Record record, Set<Record> into) {
    record.layers().forEach(l -> collect(l, into));
  }

  boolean isLazy(Record record) {
    return needed(record).stream().anyMatch(r -> r.snapshot == 0);
  }

  void materialize(Record record, LayerProviders providers)
      throws IOException, InterruptedException {
    List<Record> needed = needed(record);
    fetchAll(needed.stream().filter(r -> r.snapshot == 0).toList(), providers);
    for (Record r : needed) {
      if (r.snapshot == 0) {
        flights.run(r.id, () -> make(r));
      }
      prepare(r); // Those committed without ever having been mounted.
    }
    if (snapshots.isOverlay() && record.flat == 0 && stack(record).size() > MAX_STACK) {
      flights.run("flat " + record.id, () -> flatten(record));
    }
  }

  private void fetchAll(List<Record> missing, LayerProviders providers)
      throws IOException, InterruptedException {
    List<Record> absent =
        missing.stream()
            .filter(r -> r.kind == Record.Kind.LAYER)
            .filter(r -> r.blobs.stream().noneMatch(b -> content.contains(b.digest())))
            .toList();
    if (absent.size() <= 1) {
      for (Record r : absent) {
        fetch(r, providers);
      }
      return;
    }
    try (ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<LayerInfo>> pending = new ArrayList<>();
      for (Record r : absent) {
        pending.add(tasks.submit(() -> fetch(r, providers)));
      }
      try {
        for (Future<LayerInfo> f : pending) {
          f.get();
        }
      } catch (ExecutionException e) {
        tasks.shutdownNow();
        switch (e.getCause()) {
          case IOException io -> throw io;
          case InterruptedException i -> throw i;
          case RuntimeException x -> throw x;
          case null, default -> throw new IllegalStateException(e.getCause());
        }
      } catch (InterruptedException e) {
        tasks.shutdownNow();
        throw e;
      }
    }
  }

  /** Makes sure that a blob of the layer is in the content store. */
  LayerInfo fetch(Record r, LayerProviders providers) throws IOException, InterruptedException {
    Optional<LayerInfo> here = present(r);
    if (here.isPresent()) {
      return here.get();
    }
    if (r.blobs.isEmpty()) {
      throw new StoreException(
          StoreException.Code.NOT_FOUND, "reference " + r.id + " has no blob of its layer");
    }
    Optional<LayerProvider> provider = providers.of(r.id);
    if (provider.isEmpty()) {
      throw new StoreException(
          StoreException.Code.NO_PROVIDER,
          "layer " + r.blobs.getFirst().digest() + " is not here, and nobody provides it");
    }
    flights.run(
        "blob " + r.blobs.getFirst().digest(),
        () -> {
          if (present(r).isEmpty()) {
            provider.get().fetch(r.blobs.getFirst(), content);
          }
        });
    return present(r)
        .orElseThrow(() ->
            new StoreException(
                StoreException.Code.NOT_FOUND,
                "layer " + r.blobs.getFirst().digest() + " was not provided"));
  }

  private Optional<LayerInfo> present(Record r) {
    return r.blobs.stream().filter(b -> content.contains(b.digest())).findFirst();
  }

  private void make(Record r) throws IOException, InterruptedException {
    if (r.snapshot != 0) {
      return;
    }
    long n = snapshots.create();
    boolean done = false;
    try {
      switch (r.kind) {
        case LAYER -> unpack(r, n);
        case MERGE -> merge(r, n);
        case DIFF -> difference(r, n);
      }
      values.materialized(r, n, r.flat);
      done = true;
    } catch (LinuxException e) {
      throw noSpace(e);
    } finally {
      if (!done) {
        snapshots.discard(n);
      }
    }
  }

  private IOException noSpace(LinuxException e) {
    if (e.isNoSpace()) {
      return new StoreException(
          StoreException.Code.NO_SPACE, "no space left on device below " + layout.root(), e);
    }
    return e;
  }

  private void unpack(Record r, long n) throws IOException, InterruptedException {
    LayerInfo info =
        present(r)
            .orElseThrow(() ->
                new StoreException(
                    StoreException.Code.NOT_FOUND, "layer of " + r.id + " is not here"));
    Path tree = layout.tree(n);
    Record base = r.base();
    List<Path> lowers = base == null ? List.of() : stack(base);
    if (base != null) {
      if (snapshots.isOverlay()) {
        rootAttributes(lowers.getFirst(), tree);
      } else {
        Trees.copy(lowers.getFirst(), tree);
      }
    }
    LayerUnpacker.Options options =
        snapshots.isOverlay()
            ? LayerUnpacker.Options.overlay(lowers)
            : LayerUnpacker.Options.merge();
    try (BlobReader blob = content.open(info.digest());
        InputStream in = blob.stream()) {
      LayerUnpacker.unpack(in, tree, Optional.of(info.diffId()), options);
    }
  }

  /** Lays the layers of all inputs but the first over the first. */
  private void merge(Record r, long n) throws IOException, InterruptedException {
    Record base = r.parents.getFirst();
    List<Record> above = new ArrayList<>();
    r.parents.subList(1, r.parents.size()).forEach(p -> above.addAll(p.layers()));
    Path tree = layout.tree(n);
    if (snapshots.isOverlay()) {
      rootAttributes(stack(base).getFirst(), tree);
      try (LayeredDirectory lower = LayeredDirectory.open(stack(base));
          Directory target = Directory.open(tree)) {
        for (Record l : above) {
          lay(l, target, lower);
        }
      }
    } else {
      Trees.copy(stack(base).getFirst(), tree);
      try (Directory target = Directory.open(tree)) {
        for (Record l : above) {
          lay(l, target, null);
        }
      }
    }
  }

  private void difference(Record r, long n) throws IOException, InterruptedException {
    Path tree = layout.tree(n);
    Optional<List<Record>> between = r.between();
    if (between.isPresent()) {
      try (Directory target = Directory.open(tree)) {
        for (Record l : between.get()) {
          lay(l, target, null);
        }
      }
      return;
    }
    Path delta = layout.delta(n);
    Files.createDirectory(delta);
    Record l = r.lower();
    Record u = r.upper();
    try (LayeredDirectory lower = l == null ? null : LayeredDirectory.open(stack(l));
        LayeredDirectory upper = u == null ? null : LayeredDirectory.open(stack(u));
        Directory d = Directory.open(delta);
        Directory p = Directory.open(tree)) {
      Trees.difference(lower, upper, d, p);
      if (upper != null) {
        for (Directory to : new Directory[] {d, p}) {
          Trees.copyAttributes(upper, ".", upper.stat("."), to, ".");
        }
      }
    }
  }

  /** Lays one layer over a tree that may or may not be what the layer was made upon. */
  private void lay(Record l, Directory target, @Nullable ReadableDirectory base)
      throws IOException, InterruptedException {
    Record under = l.base();
    if (!snapshots.isOverlay() && l.kind == Record.Kind.LAYER) {
      // Whole copies: what the layer changed has to be found first.
      Path delta = layout.makeTemp();
      try (Directory lower = under == null ? null : Directory.open(stack(under).getFirst());
          Directory upper = Directory.open(layout.tree(l.snapshot));
          Directory d = Directory.open(delta)) {
        Trees.difference(lower, upper, d, null);
        Trees.apply(d, null, false, target, base);
      } finally {
        Layout.deleteTree(delta);
      }
      return;
    }
    boolean plain = l.kind == Record.Kind.DIFF;
    try (Directory layer =
            Directory.open(plain ? layout.delta(l.snapshot) : layout.tree(l.snapshot));
        LayeredDirectory below = under == null ? null : LayeredDirectory.open(stack(under))) {
      Trees.apply(layer, below, false, target, base);
      Trees.copyAttributes(layer, ".", layer.status(), target, ".");
    }
  }

  private void flatten(Record r) throws IOException, InterruptedException {
    if (r.flat != 0) {
      return;
    }
    long n = snapshots.create();
    boolean done = false;
    try (Directory target = Directory.open(layout.tree(n))) {
      for (Path p : stack(r).reversed()) {
        try (Directory layer = Directory.open(p)) {
          Trees.apply(layer, null, true, target, null);
          Trees.copyAttributes(layer, ".", layer.status(), target, ".");
        }
      }
      values.materialized(r, r.snapshot, n);
      done = true;
    } catch (LinuxException e) {
      throw noSpace(e);
    } finally {
      if (!done) {
        snapshots.discard(n);
      }
    }
  }

  private static void rootAttributes(Path from, Path to) throws LinuxException {
    try (Directory f = Directory.open(from);
        Directory t = Directory.open(to)) {
      Trees.copyAttributes(f, ".", f.status(), t, ".");
    }
  }

  // ---- showing

  /** The directories that make up a materialized record, the topmost first. */
  List<Path> stack(Record record) {
    List<Path> list = new ArrayList<>();
    if (!snapshots.isOverlay()) {
      list.add(layout.tree(record.snapshot));
      return list;
    }
    for (Record r = record; r != null; r = r.base()) {
      if (r.flat != 0) {
        list.add(layout.tree(r.flat));
        break;
      }
      list.add(layout.tree(r.snapshot));
    }
    return list;
  }

  /**
   * Gives a new active snapshot what it starts with: the root's attributes, or with whole copies
   * everything.
   */
  void prepare(Record r) throws IOException, InterruptedException {
    if (r.prepared) {
      return;
    }
    flights.run(
        r.id,
        () -> {
          if (r.prepared) {
            return;
          }
          Record base = r.base();
          if (base != null) {
            Path from = stack(base).getFirst();
            try {
              Path tree = layout.tree(r.snapshot);
              if (snapshots.isOverlay()) {
                rootAttributes(from, tree);
              } else {
                try (Directory d = Directory.open(tree)) {
                  d.deleteContent(); // Of an attempt that was killed.
                }
                Trees.copy(from, tree);
              }
            } catch (LinuxException e) {
              throw noSpace(e);
            }
          }
          values.prepared(r);
        });
  }

  List<Mount> mounts(Record r, boolean readonly) throws IOException {
    if (!r.mutable) {
      if (!readonly) {
        throw new StoreException(
            StoreException.Code.UNSUPPORTED, "reference " + r.id + " is immutable");
      }
      return snapshots.view(stack(r));
    }
    Record base = r.base();
    if (base == null || !snapshots.isOverlay()) {
      return List.of(Mount.bind(layout.tree(r.snapshot).toString(), readonly));
    }
    if (readonly) {
      List<Path> all = new ArrayList<>(stack(base));
      all.addFirst(layout.tree(r.snapshot));
      return snapshots.view(all);
    }
    return snapshots.writable(r.snapshot, stack(base));
  }

  /** Brings a record and what is below it to disk, ready to be mounted. */
  void ready(Record r, LayerProviders providers) throws IOException, InterruptedException {
    if (r.mutable) {
      Record base = r.base();
      if (base != null) {
        materialize(base, providers);
      }
      prepare(r);
    } else {
      materialize(r, providers);
    }
  }

  /** A record shown at a path until closed. */
  static final class View implements LocalMount {
    private final Path path;
    private final boolean readonly;
    private final Runnable onClose;
    private boolean closed;

    View(Path path, boolean readonly, Runnable onClose) {
      this.path = path;
      this.readonly = readonly;
      this.onClose = onClose;
    }

    @Override
    public Path path() {
      return path;
    }

    @Override
    public boolean readonly() {
      return readonly;
    }

    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        onClose.run();
      }
    }
  }

  /** Opens a ready immutable record for reading; it is held until closed. */
  LocalTree read(Record r) throws IOException {
    uses.hold(r);
    boolean opened = false;
    try {
      List<Path> stack = stack(r);
      ReadableRoot root =
          stack.size() == 1 ? RootDirectory.open(stack.getFirst()) : new LayeredRoot(stack);
      opened = true;
      return new Reading(
          root,
          stack.size() == 1 ? Optional.of(stack.getFirst()) : Optional.empty(),
          () -> uses.release(r),
          new AtomicBoolean());
    } finally {
      if (!opened) {
        uses.release(r);
      }
    }
  }

  /** A record open for reading until closed. */
  private record Reading(
      ReadableRoot root, Optional<Path> directory, Runnable onClose, AtomicBoolean closed)
      implements LocalTree {
    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        root.close();
        onClose.run();
      }
    }
  }

  /** Shows a ready record; shared with whoever shows it in the same way. */
  View show(Record r, boolean readonly) throws IOException, InterruptedException {
    if (r.mutable ? r.base() == null || !snapshots.isOverlay() : stack(r).size() == 1) {
      if (!r.mutable && !readonly) {
        throw new StoreException(
            StoreException.Code.UNSUPPORTED, "reference " + r.id + " is immutable");
      }
      Path p = r.mutable ? layout.tree(r.snapshot) : stack(r).getFirst();
      uses.hold(r);
      return new View(p, readonly, () -> uses.release(r));
    }
    uses.hold(r);
    String key = key(r, readonly);
    boolean shown = false;
    try {
      Path p = points.acquire(key, () -> mounts(r, readonly));
      shown = true;
      boolean linger = !r.mutable;
      return new View(
          p,
          readonly,
          () -> {
            points.release(key, linger);
            uses.release(r);
          });
    } catch (LinuxException e) {
      throw noSpace(e);
    } finally {
      if (!shown) {
        uses.release(r);
      }
    }
  }

  private static String key(Record r, boolean readonly) {
    return r.mutable ? (readonly ? "r " : "w ") + r.id : viewKey(r);
  }

  /** Under which views of an immutable record linger. */
  static String viewKey(Record r) {
    return "v " + r.id;
  }

  /** Removes overlayfs' scratch space of a committed record. */
  void forgetWork(Record r) throws IOException {
    if (snapshots.isOverlay() && !r.parents.isEmpty()) {
      snapshots.forgetWork(r.snapshot);
    }
  }

  // ---- layers

  Optional<OverlayLayer> overlayLayer(Record r) {
    if (!snapshots.isOverlay() || !r.isOneLayer()) {
      return Optional.empty();
    }
    if (r.kind == Record.Kind.DIFF) {
      return Optional.of(new OverlayLayer(layout.delta(r.snapshot), List.of()));
    }
    Record base = r.base();
    return Optional.of(
        new OverlayLayer(layout.tree(r.snapshot), base == null ? List.of() : stack(base)));
  }

  long size(Record r) throws IOException, InterruptedException {
    long sum = 0;
    if (r.snapshot != 0) {
      sum += Trees.size(layout.snapshot(r.snapshot));
    }
    Set<Digest> seen = new LinkedHashSet<>();
    for (LayerInfo b : r.blobs) {
      if (seen.add(b.digest())) {
        sum += content.info(b.digest()).map(BlobInfo::size).orElse(0L);
      }
    }
    return sum;
  }
}
