package dev.gatehouse.solver.worker.source.image;

import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.ContentStore;
import dev.gatehouse.solver.store.LayerInfo;
import dev.gatehouse.solver.store.LayerProvider;
import dev.gatehouse.solver.store.StoreException;
import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.registry.Registries;
import dev.gatehouse.solver.worker.session.SessionGroup;
import dev.gatehouse.solver.worker.session.content.SessionContent;
import java.io.IOException;
import java.util.Optional;

/**
 * Fetches layers from where they came: a repository, or a client's OCI layout.
 *
 * <p>A layer's {@code source} is a repository, {@code docker.io/library/alpine}, or {@code
 * oci-layout://} and the id of a store that some client of the build offers.
 */
public final class LayerSources {
  static final String OCI_LAYOUT = "oci-layout://";

  private final Registries registries;

  public LayerSources(Registries registries) {
    this.registries = registries;
  }

  /** A provider that asks as these clients, and reports transfers. */
  public LayerProvider provider(SessionGroup sessions, Optional<VertexProgress> progress) {
    return (layer, content) -> fetch(layer, content, sessions, progress);
  }

  private void fetch(
      LayerInfo layer,
      ContentStore content,
      SessionGroup sessions,
      Optional<VertexProgress> progress)
      throws IOException, InterruptedException {
    if (content.contains(layer.digest())) {
      return;
    }
    if (layer.source().isEmpty()) {
      throw new StoreException(
          StoreException.Code.NO_PROVIDER,
          "layer " + layer.digest() + " is missing and has no source");
    }
    String id = layer.digest().toString();
    try (Closer part = new Closer(progress.map(p -> p.part(id, id, layer.size())))) {
      if (layer.source().startsWith(OCI_LAYOUT)) {
        new SessionContent(sessions, "oci:" + layer.source().substring(OCI_LAYOUT.length()))
            .fetch(layer.digest(), layer.size(), content, part::advance);
      } else {
        registries
            .repository(ImageName.parse(layer.source()).withDigest(layer.digest()), sessions)
            .fetch(layer.digest(), layer.size(), content, part::advance);
      }
    }
  }

  /** The source to record for layers of a client's OCI layout. */
  public static String ociLayout(String storeId) {
    return OCI_LAYOUT + storeId;
  }

  private record Closer(Optional<VertexProgress.Part> part) implements AutoCloseable {
    void advance(long n) {
      part.ifPresent(p -> p.advance(n));
    }

    @Override
    public void close() {
      part.ifPresent(VertexProgress.Part::close);
    }
  }
}
