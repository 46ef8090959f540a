package dev.gatehouse.solver.worker.export;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The platforms of a result: what the frontend lists in {@code refs.platforms}, else that of its
 * one image.
 */
final class ExportPlatforms {
  /**
   * One platform of a result.
   *
   * @param id the key of its reference and metadata
   */
  record Entry(String id, Platform platform) {}

  private ExportPlatforms() {}

  static List<Entry> of(ExportSource source) throws SolveException {
    byte[] listed = source.metadata().get("refs.platforms");
    if (!source.references().isEmpty() && listed == null) {
      throw invalid("unable to export multiple refs, missing platforms mapping");
    }
    try {
      return listed != null ? parse(listed) : List.of(single(source));
    } catch (JsonException e) {
      throw invalid("failed to parse platforms passed to exporter: " + e.getMessage());
    }
  }

  private static List<Entry> parse(byte[] json) throws SolveException {
    List<Entry> all = new ArrayList<>();
    if (Json.parse(json) instanceof Map<?, ?> m && m.get("Platforms") instanceof List<?> list) {
      for (Object item : list) {
        if (!(item instanceof Map<?, ?> entry)
            || !(entry.get("ID") instanceof String id)
            || id.isEmpty()
            || !(entry.get("Platform") instanceof Map<?, ?> p)) {
          throw invalid("invalid empty platform key for exporter");
        }
        Platform platform =
            new Platform(
                text(p, "os"),
                text(p, "architecture"),
                text(p, "variant"),
                text(p, "os.version"),
                features(p));
        if (platform.os().isEmpty() || platform.architecture().isEmpty()) {
          throw invalid("invalid platform value " + platform.format() + " for exporter");
        }
        all.add(new Entry(id, platform.normalized()));
      }
    }
    if (all.isEmpty()) {
      throw invalid("invalid empty platforms index for exporter");
    }
    return all;
  }

  private static String text(Map<?, ?> m, String key) {
    return m.get(key) instanceof String s ? s : "";
  }

  private static List<String> features(Map<?, ?> m) {
    List<String> all = new ArrayList<>();
    if (m.get("os.features") instanceof List<?> list) {
      list.forEach(f -> all.add(String.valueOf(f)));
    }
    return all;
  }

  private static Entry single(ExportSource source) throws SolveException {
    Platform platform = Platform.host();
    Optional<byte[]> config = source.metadata("containerimage.config", Optional.empty());
    if (config.isPresent()) {
      if (Json.parse(config.get()) == null) {
        throw invalid("invalid null image config for export");
      }
      Platform said = ImageConfig.parse(config.get()).platform();
      if (said.os().isEmpty() != said.architecture().isEmpty()) {
        throw invalid("invalid image config: os and architecture must be specified together");
      }
      if (!said.os().isEmpty()) {
        platform = said;
      }
    }
    platform = platform.normalized();
    return new Entry(platform.formatAll(), platform);
  }

  private static SolveException invalid(String message) {
    return new SolveException("export.platforms", ErrorCategory.USER, message);
  }
}
