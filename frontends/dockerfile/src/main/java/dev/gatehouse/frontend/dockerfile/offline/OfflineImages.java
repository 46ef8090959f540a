package dev.gatehouse.frontend.dockerfile.offline;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.ImageReference;
import dev.gatehouse.llb.oci.Platform;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says which image a name stands for, without a registry. */
@FunctionalInterface
public interface OfflineImages {
  /** Digest and config of an image for a platform. */
  ResolvedImage resolve(String reference, ImageResolveOptions options) throws FrontendException;

  /**
   * Images by a rule: each name exists for each platform, its digest is the SHA-256 of {@code
   * gatehouse-golden:} and the name, and its config has a PATH, one layer and one step of history.
   */
  static OfflineImages golden() {
    return (reference, options) -> {
      Platform platform = options.platform().orElse(Platform.LINUX_AMD64);
      Map<String, Object> config = new LinkedHashMap<>();
      config.put("architecture", platform.architecture());
      if (!platform.variant().isEmpty()) {
        config.put("variant", platform.variant());
      }
      config.put("os", platform.os());
      config.put(
          "config",
          Map.of(
              "Env", List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")));
      Map<String, Object> rootFs = new LinkedHashMap<>();
      rootFs.put("type", "layers");
      rootFs.put("diff_ids", List.of(goldenDigest("layer").value()));
      config.put("rootfs", rootFs);
      config.put("history", List.of(Map.of("created", "2020-01-01T00:00:00Z")));
      return new ResolvedImage(reference, goldenDigest(reference).value(), Json.bytes(config));
    };
  }

  private static Digest goldenDigest(String text) {
    return Digest.sha256("gatehouse-golden:" + text);
  }

  /**
   * Images by a table: a JSON object with a member for each name, {@code {"alpine:3.20": {"digest":
   * "sha256:...", "config": {...}}}}. Names are as people write them; a config may stand alone, in
   * place of the object with digest and config.
   *
   * @throws IllegalArgumentException if the table cannot be read
   */
  static OfflineImages table(byte[] json) {
    if (!(Json.parse(json) instanceof Map<?, ?> members)) {
      throw new JsonException("the table of images is not a JSON object");
    }
    Map<String, ResolvedImage> images = new LinkedHashMap<>();
    members.forEach((name, value) -> {
      String reference = ImageReference.parse(String.valueOf(name)).withDefaultTag().toString();
      if (!(value instanceof Map<?, ?> entry)) {
        throw new JsonException("image " + name + " in the table is not a JSON object");
      }
      Object config =
          entry.containsKey("config") && entry.containsKey("digest") ? entry.get("config") : entry;
      byte[] bytes =
          config instanceof String text
              ? text.getBytes(StandardCharsets.UTF_8)
              : Json.bytes(config);
      String digest =
          entry.get("digest") instanceof String text
              ? new Digest(text).value()
              : Digest.sha256(bytes).value();
      images.put(reference, new ResolvedImage(reference, digest, bytes));
    });
    return (reference, options) -> {
      ResolvedImage image = images.get(reference);
      if (image == null) {
        throw FrontendException.user(reference + ": not found in the table of images");
      }
      return image;
    };
  }
}
