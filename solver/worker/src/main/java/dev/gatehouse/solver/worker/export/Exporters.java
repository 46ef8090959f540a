package dev.gatehouse.solver.worker.export;

import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.worker.image.ImageStore;
import dev.gatehouse.solver.worker.registry.Registries;
import java.util.LinkedHashMap;
import java.util.Map;

/** All kinds of export of a worker. */
public final class Exporters {
  private final Map<String, Exporter> byType = new LinkedHashMap<>();
  private final LayerBlobs layerBlobs;

  /**
   * @param images where the image exporter records what it makes, and {@code docker-image://} finds
   *     it again
   */
  public Exporters(Store store, Registries registries, ImageStore images) {
    this.layerBlobs = new LayerBlobs(store);
    ImageWriter writer = new ImageWriter(store, layerBlobs);
    Pusher pusher = new Pusher(store, layerBlobs, registries);
    add(new ImageExporter(store, writer, layerBlobs, pusher, images));
    add(new ArchiveExporter(store, writer, layerBlobs, false));
    add(new ArchiveExporter(store, writer, layerBlobs, true));
    add(new LocalExporter());
    add(new TarExporter());
  }

  private void add(Exporter exporter) {
    byType.put(exporter.type(), exporter);
  }

  /**
   * The layers of references as blobs, for whoever exports them in another form, such as a cache.
   */
  public LayerBlobs layerBlobs() {
    return layerBlobs;
  }

  /**
   * The exporter of a type.
   *
   * @throws SolveException with category USER if there is none
   */
  public Exporter get(String type) throws SolveException {
    Exporter e = byType.get(type);
    if (e == null) {
      throw new SolveException(
          "export.unknown", ErrorCategory.USER, "exporter \"" + type + "\" could not be found");
    }
    return e;
  }
}
