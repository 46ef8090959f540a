package dev.gatehouse.solver.worker.export;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.BlobInfo;
import dev.gatehouse.solver.store.BlobReader;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.Ingest;
import dev.gatehouse.solver.store.LayerInfo;
import dev.gatehouse.solver.store.Lease;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.OverlayLayer;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.layer.Compression;
import dev.gatehouse.solver.store.layer.LayerDiffer;
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarReader;
import dev.gatehouse.solver.store.tar.TarWriter;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The layers of references as blobs.
 *
 * <p>A layer that has a blob, pulled or made before, is taken as it is: nothing is fetched or
 * unpacked for it. For one that has none the blob is made of its changes and recorded at the
 * reference, so that it is made once. Several layers are made at once; two callers that want the
 * same layer make it together. Safe for many threads; one for a worker.
 */
public final class LayerBlobs {
  private static final String NO_SOURCE = "";
  private static final String REWRITTEN = "buildkit/rewritten-timestamp";

  private final Store store;
  private final Semaphore parallel =
      new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors()));
  private final Map<String, ReentrantLock> making = new ConcurrentHashMap<>();

  public LayerBlobs(Store store) {
    this.store = store;
  }

  /**
   * A layer of a reference and the blob that stands for it.
   *
   * @param reference a handle of the layer, to be closed; fetches the blob where it is missing
   */
  public record Layer(ImmutableReference reference, LayerInfo blob) implements AutoCloseable {
    @Override
    public void close() {
      reference.close();
    }
  }

  /** A chain of layers, lowest first; closing it closes them. */
  public record Chain(List<Layer> layers) implements AutoCloseable {
    /** No layers: scratch. */
    public static final Chain EMPTY = new Chain(List.of());

    public Chain {
      layers = List.copyOf(layers);
    }

    public List<LayerInfo> blobs() {
      return layers.stream().map(Layer::blob).toList();
    }

    @Override
    public void close() {
      layers.forEach(Layer::close);
    }
  }

  /**
   * The blobs of a reference's layers.
   *
   * @param compression of blobs that have to be made
   * @param force whether blobs that exist in another format are converted
   * @param lease holds what is made
   */
  public Chain chain(
      ImmutableReference reference, Compression compression, boolean force, Lease lease)
      throws IOException, InterruptedException {
    List<ImmutableReference> handles = reference.layers();
    List<Callable<LayerInfo>> tasks = new ArrayList<>();
    for (ImmutableReference layer : handles) {
      tasks.add(() -> blob(layer, compression, force, lease));
    }
    try {
      List<LayerInfo> blobs = all(tasks);
      List<Layer> layers = new ArrayList<>();
      for (int i = 0; i < blobs.size(); i++) {
        layers.add(new Layer(handles.get(i), blobs.get(i)));
      }
      return new Chain(layers);
    } catch (IOException | InterruptedException | RuntimeException e) {
      handles.forEach(ImmutableReference::close);
      throw e;
    }
  }

  /** Runs tasks on threads that end before this does; the first failure is told. */
  static <T> List<T> all(List<Callable<T>> tasks) throws IOException, InterruptedException {
    List<T> results = new ArrayList<>();
    try (ExecutorService scope = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> futures = new ArrayList<>();
      tasks.forEach(t -> futures.add(scope.submit(t)));
      try {
        for (Future<T> f : futures) {
          results.add(f.get());
        }
      } catch (ExecutionException e) {
        switch (e.getCause()) {
          case IOException io -> throw io;
          case RuntimeException r -> throw r;
          case Error r -> throw r;
          case InterruptedException i -> throw i;
          case null, default -> throw new IOException(String.valueOf(e.getCause()), e.getCause());
        }
      } finally {
        futures.forEach(f -> f.cancel(true));
      }
    }
    return results;
  }

  private LayerInfo blob(
      ImmutableReference layer, Compression compression, boolean force, Lease lease)
      throws IOException, InterruptedException {
    Optional<LayerInfo> known = known(layer, compression, force);
    if (known.isPresent()) {
      lease.addReference(layer.id());
      return known.get();
    }
    ReentrantLock lock = making.computeIfAbsent(layer.id(), id -> new ReentrantLock());
    lock.lockInterruptibly();
    try {
      Optional<LayerInfo> meanwhile = known(layer, compression, force);
      if (meanwhile.isPresent()) {
        lease.addReference(layer.id());
        return meanwhile.get();
      }
      parallel.acquire();
      try {
        LayerInfo made =
            layer.blob().isPresent() ? convert(layer, compression) : make(layer, compression);
        lease.add(made.digest());
        layer.addBlob(made);
        return made;
      } finally {
        parallel.release();
      }
    } finally {
      lock.unlock();
      if (!lock.hasQueuedThreads()) {
        making.remove(layer.id(), lock);
      }
    }
  }

  private static Optional<LayerInfo> known(
      ImmutableReference layer, Compression compression, boolean force) {
    for (LayerInfo b : layer.blobs()) {
      if (typeOf(b) == compression.type()) {
        return Optional.of(b);
      }
    }
    return force ? Optional.empty() : layer.blob();
  }

  private static Compression.Type typeOf(LayerInfo blob) {
    return Compression.Type.ofMediaType(blob.mediaType());
  }

  private interface TarMaker {
    void writeTo(OutputStream out) throws IOException, InterruptedException;
  }

  private LayerInfo make(ImmutableReference layer, Compression compression)
      throws IOException, InterruptedException {
    Optional<OverlayLayer> overlay = layer.overlayLayer();
    if (overlay.isPresent()) {
      return ingest(
          compression,
          out ->
              LayerDiffer.overlay(
                  overlay.get().upper(), overlay.get().lowers(), out, LayerDiffer.Options.DEFAULT));
    }
    Optional<ImmutableReference> parent = layer.parent();
    try (LocalMount after = layer.localMount(true)) {
      if (parent.isEmpty()) {
        return ingest(
            compression,
            out ->
                LayerDiffer.trees(
                    Optional.empty(), after.path(), out, LayerDiffer.Options.DEFAULT));
      }
      try (LocalMount before = parent.get().localMount(true)) {
        return ingest(
            compression,
            out ->
                LayerDiffer.trees(
                    Optional.of(before.path()), after.path(), out, LayerDiffer.Options.DEFAULT));
      }
    } finally {
      parent.ifPresent(ImmutableReference::close);
    }
  }

  private LayerInfo convert(ImmutableReference layer, Compression compression)
      throws IOException, InterruptedException {
    LayerInfo from = layer.fetchBlob();
    try (BlobReader reader = store.content().open(from.digest());
        InputStream tar = Compression.decompress(reader.stream())) {
      LayerInfo made = ingest(compression, tar::transferTo);
      if (!made.diffId().equals(from.diffId())) {
        throw new IOException(
            "layer "
                + from.digest()
                + " has diff id "
                + made.diffId()
                + ", expected "
                + from.diffId());
      }
      return new LayerInfo(
          made.digest(),
          made.size(),
          made.mediaType(),
          made.diffId(),
          from.annotations(),
          NO_SOURCE);
    }
  }

  /**
   * The layer with all times after an instant set to it. The result is not recorded at the
   * reference: it is another layer.
   *
   * @return with the same content if none of its times is later; says in an annotation, as BuildKit
   *     does, that its times need not be looked at again
   */
  Layer rewrite(Layer layer, Instant latest, Compression compression, Lease lease)
      throws IOException, InterruptedException {
    LayerInfo local = fetch(layer);
    parallel.acquire();
    try (BlobReader reader = store.content().open(local.digest());
        InputStream plain = Compression.decompress(reader.stream())) {
      LayerInfo made = ingest(compression, out -> clamp(plain, out, latest));
      boolean same = made.diffId().equals(layer.blob().diffId());
      if (!same) {
        lease.add(made.digest());
      }
      return new Layer(layer.reference(), rewritten(same ? layer.blob() : made, latest));
    } finally {
      parallel.release();
    }
  }

  private static LayerInfo rewritten(LayerInfo layer, Instant latest) {
    Map<String, String> annotations = new HashMap<>(layer.annotations());
    annotations.put(REWRITTEN, Long.toString(latest.getEpochSecond()));
    return new LayerInfo(
        layer.digest(),
        layer.size(),
        layer.mediaType(),
        layer.diffId(),
        annotations,
        layer.source());
  }

  private static void clamp(InputStream in, OutputStream out, Instant latest) throws IOException {
    TarReader reader = new TarReader(in);
    try (TarWriter writer = new TarWriter(out)) {
      for (TarEntry e = reader.next(); e != null; e = reader.next()) {
        TarEntry entry = e.modified().isAfter(latest) ? e.toBuilder().modified(latest).build() : e;
        if (entry.size() > 0) {
          writer.add(entry, reader);
        } else {
          writer.begin(entry);
        }
      }
    }
    in.transferTo(OutputStream.nullOutputStream());
  }

  /** Makes sure that the blob of a layer lies here. */
  LayerInfo fetch(Layer layer) throws IOException, InterruptedException {
    if (!store.content().contains(layer.blob().digest())) {
      LayerInfo fetched = layer.reference().fetchBlob();
      if (!fetched.digest().equals(layer.blob().digest())) {
        throw new IOException(
            "layer "
                + layer.blob().digest()
                + " is missing, and its reference has "
                + fetched.digest()
                + " only");
      }
    }
    return layer.blob();
  }

  private LayerInfo ingest(Compression compression, TarMaker maker)
      throws IOException, InterruptedException {
    MessageDigest diffId = Digest.newSha256();
    try (Ingest ingest =
        store.content().ingest("layer-" + UUID.randomUUID(), Optional.empty(), -1)) {
      try (OutputStream blob =
              compression.compress(new BufferedOutputStream(ingest.stream(), 256 * 1024));
          OutputStream tar = new Hashed(new BufferedOutputStream(blob, 64 * 1024), diffId)) {
        maker.writeTo(tar);
      } catch (IOException | InterruptedException | RuntimeException e) {
        ingest.abort();
        throw e;
      }
      BlobInfo info = ingest.commit();
      return new LayerInfo(
          info.digest(),
          info.size(),
          compression.type().mediaType(true),
          Digest.of(diffId.digest()),
          Map.of(),
          NO_SOURCE);
    }
  }

  private static final class Hashed extends FilterOutputStream {
    private final MessageDigest digest;

    Hashed(OutputStream out, MessageDigest digest) {
      super(out);
      this.digest = digest;
    }

    @Override
    public void write(int b) throws IOException {
      digest.update((byte) b);
      out.write(b);
    }

    @Override
    public void write(byte[] b, int off, int len) throws IOException {
      digest.update(b, off, len);
      out.write(b, off, len);
    }
  }
}
