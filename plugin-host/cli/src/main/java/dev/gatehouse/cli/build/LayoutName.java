package dev.gatehouse.cli.build;

import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An image of an OCI layout on the client's disk: {@code oci-layout://DIR[:TAG][@DIGEST]}.
 *
 * @param directory the layout's folder
 * @param tag the image's name in the layout, or null
 * @param digest of the image's manifest or index, or null where the layout's index tells
 */
record LayoutName(String directory, @Nullable String tag, @Nullable String digest) {
  private static final String SCHEME = "oci-layout://";
  private static final String REF_NAME = "org.opencontainers.image.ref.name";

  static LayoutName parse(String source) {
    String path = source.substring(SCHEME.length());
    String digest = null;
    int at = path.lastIndexOf('@');
    if (at >= 0) {
      digest = path.substring(at + 1);
      path = path.substring(0, at);
    }
    String tag = null;
    int colon = path.lastIndexOf(':');
    if (colon > path.lastIndexOf('/')) {
      tag = path.substring(colon + 1);
      path = path.substring(0, colon);
    }
    return new LayoutName(path, tag, digest);
  }

  /** The digest, from the layout's index where it was not named. */
  String resolveDigest() throws UsageException, IOException {
    if (digest != null) {
      return digest;
    }
    List<String> names = new ArrayList<>();
    String only = null;
    int count = 0;
    for (Map<?, ?> manifest : manifests()) {
      String found = String.valueOf(manifest.get("digest"));
      String name =
          manifest.get("annotations") instanceof Map<?, ?> a && a.get(REF_NAME) instanceof String s
              ? s
              : "";
      if (name.equals(tag == null ? "latest" : tag)) {
        return found;
      }
      if (!name.isEmpty()) {
        names.add(name);
      }
      only = found;
      count++;
    }
    if (tag == null && count == 1 && only != null) {
      return only;
    }
    throw new UsageException(
        SCHEME
            + directory
            + " has no "
            + (tag == null ? "latest" : tag)
            + (names.isEmpty() ? "" : "; it has " + String.join(", ", names)));
  }

  private List<Map<?, ?>> manifests() throws UsageException, IOException {
    Path index = Path.of(directory, "index.json");
    if (!Files.isRegularFile(index)) {
      throw new UsageException(directory + " is no OCI layout: it has no index.json");
    }
    List<Map<?, ?>> manifests = new ArrayList<>();
    try {
      if (Json.parse(Files.readAllBytes(index)) instanceof Map<?, ?> root
          && root.get("manifests") instanceof List<?> all) {
        for (Object each : all) {
          if (each instanceof Map<?, ?> manifest) {
            manifests.add(manifest);
          }
        }
      }
    } catch (JsonException e) {
      throw new UsageException(index + ": " + e.getMessage());
    }
    return manifests;
  }
}
