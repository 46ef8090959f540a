package dev.gatehouse.solver.worker.export;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.BlobReader;
import dev.gatehouse.solver.store.LayerInfo;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.image.MediaTypes;
import dev.gatehouse.solver.worker.registry.Registries;
import dev.gatehouse.solver.worker.registry.RegistryException;
import dev.gatehouse.solver.worker.registry.Repository;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;

/**
 * Pushes an image: blobs side by side, then manifests, then the root under its tag.
 *
 * <p>A blob that the registry has is not sent, and one that it can take from another of its
 * repositories is not either; a layer is fetched only if it has to be sent.
 */
final class Pusher {
  private static final int PARALLEL = 4;

  private final Store store;
  private final LayerBlobs layerBlobs;
  private final Registries registries;

  Pusher(Store store, LayerBlobs layerBlobs, Registries registries) {
    this.store = store;
    this.layerBlobs = layerBlobs;
    this.registries = registries;
  }

  /**
   * Pushes under one name.
   *
   * @param byDigest without a tag
   * @param insecure without verified certificates, or by HTTP
   */
  void push(
      ImageWriter.Written image,
      String name,
      boolean byDigest,
      boolean insecure,
      SessionGroup sessions,
      VertexProgress progress)
      throws SolveException, IOException, InterruptedException {
    ImageName target = byDigest ? nameOnly(name) : Names.parse(name);
    try {
      Repository repository =
          insecure
              ? registries.insecureRepository(target, sessions)
              : registries.repository(target, sessions);
      try (VertexProgress.Part part = progress.part("pushing layers")) {
        pushBlobs(image, repository, progress);
      }
      Digest root = Digest.parse(image.root().digest().value());
      String label = target.repository() + target.tag().map(t -> ":" + t).orElse("") + "@" + root;
      try (VertexProgress.Part part = progress.part("pushing manifest for " + label)) {
        for (ImageWriter.Document d : image.documents().values()) {
          Digest digest = Digest.parse(d.descriptor().digest().value());
          if (!MediaTypes.isManifest(d.descriptor().mediaType()) || digest.equals(root)) {
            continue;
          }
          repository.pushManifest(digest.toString(), d.descriptor().mediaType(), d.content());
        }
        ImageWriter.Document last = image.documents().get(root);
        if (last == null) {
          throw new IllegalStateException("an image holds its root");
        }
        String object = byDigest ? root.toString() : target.tag().orElse(root.toString());
        if (!repository.hasManifest(object, root)) {
          repository.pushManifest(object, last.descriptor().mediaType(), last.content());
        }
      }
    } catch (RegistryException e) {
      ErrorCategory category =
          e.reason() == RegistryException.Reason.UNAUTHORIZED
              ? ErrorCategory.USER
              : ErrorCategory.ENVIRONMENT;
      throw new SolveException(
          "export.push", category, "failed to push " + name + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new SolveException(
          "export.push",
          ErrorCategory.ENVIRONMENT,
          "failed to push " + name + ": " + e.getMessage(),
          e);
    }
  }

  private static ImageName nameOnly(String name) throws SolveException {
    try {
      ImageName parsed = ImageName.parseWithoutDefaultTag(name);
      if (parsed.tag().isPresent() || parsed.digest().isPresent()) {
        throw ImageWriter.invalid("can't push tagged ref " + parsed + " by digest");
      }
      return parsed;
    } catch (IllegalArgumentException e) {
      throw new SolveException(
          "export.name", ErrorCategory.USER, String.valueOf(e.getMessage()), e);
    }
  }

  private void pushBlobs(ImageWriter.Written image, Repository repository, VertexProgress progress)
      throws IOException, InterruptedException {
    Semaphore parallel = new Semaphore(PARALLEL);
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (ImageWriter.Document d : image.documents().values()) {
      if (!MediaTypes.isManifest(d.descriptor().mediaType())) {
        Digest digest = Digest.parse(d.descriptor().digest().value());
        tasks.add(
            limited(
                parallel,
                () ->
                    repository.pushBlob(
                        digest,
                        d.content().length,
                        Optional.empty(),
                        () -> new java.io.ByteArrayInputStream(d.content()),
                        n -> {})));
      }
    }
    for (Map.Entry<Digest, LayerBlobs.Layer> l : image.layers().entrySet()) {
      tasks.add(limited(parallel, () -> pushLayer(l.getValue(), repository, progress)));
    }
    LayerBlobs.all(tasks);
  }

  private static Callable<Boolean> limited(Semaphore parallel, Callable<Boolean> task) {
    return () -> {
      parallel.acquire();
      try {
        return task.call();
      } finally {
        parallel.release();
      }
    };
  }

  private boolean pushLayer(LayerBlobs.Layer layer, Repository repository, VertexProgress progress)
      throws IOException, InterruptedException {
    LayerInfo blob = layer.blob();
    String id = blob.digest().toString();
    try (VertexProgress.Part part = progress.part("pushing " + id, "pushing " + id, blob.size())) {
      return repository.pushBlob(
          blob.digest(),
          blob.size(),
          mountFrom(blob, repository),
          () -> open(layer),
          part::advance);
    }
  }

  /** The repository of the same registry that a layer came from. */
  private static Optional<String> mountFrom(LayerInfo blob, Repository repository) {
    String prefix = repository.name().domain() + "/";
    return blob.source().startsWith(prefix) && !blob.source().equals(repository.name().repository())
        ? Optional.of(blob.source().substring(prefix.length()))
        : Optional.empty();
  }

  private InputStream open(LayerBlobs.Layer layer) throws IOException, InterruptedException {
    layerBlobs.fetch(layer);
    BlobReader reader = store.content().open(layer.blob().digest());
    return new FilterInputStream(reader.stream()) {
      @Override
      public void close() throws IOException {
        super.close();
        reader.close();
      }
    };
  }
}
