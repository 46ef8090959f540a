package dev.gatehouse.solver.worker.image;

import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LayerInfo;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;

/**
 * When layers were made: those that came with a cache long before they came here, and an image made
 * of them again tells the same times as the first.
 */
public final class LayerTimes {
  /** The annotation of a layer in a cache's manifest, RFC 3339. */
  public static final String ANNOTATION = "buildkit/createdat";

  private static final String KEY = "layer.created";

  private LayerTimes() {}

  /** Keeps the time that a cache told with a layer, unless the layer was here before. */
  public static void remember(ImmutableReference reference, LayerInfo layer) {
    String said = layer.annotations().get(ANNOTATION);
    if (said != null && parse(said).isPresent() && reference.metadata(KEY).isEmpty()) {
      reference.setMetadata(KEY, said.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** When a layer was made, as far as anybody told; else when it came here. */
  public static Instant of(ImmutableReference reference) {
    return reference
        .metadata(KEY)
        .flatMap(said -> parse(new String(said, StandardCharsets.UTF_8)))
        .orElseGet(reference::createdAt);
  }

  private static Optional<Instant> parse(String text) {
    try {
      return Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty(); // a time that nobody can read is no time
    }
  }
}
