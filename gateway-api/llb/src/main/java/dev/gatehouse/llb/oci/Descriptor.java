package dev.gatehouse.llb.oci;

import dev.gatehouse.llb.json.Json;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A reference to a blob, as in the OCI image specification.
 *
 * @param mediaType what the blob is
 * @param digest digest of its bytes
 * @param size its length in bytes
 * @param urls places where it may be had, besides the registry
 * @param annotations free text by key, in order of the keys
 * @param platform the platform that a manifest in an index is for
 * @param artifactType type of an artifact manifest; empty if none
 */
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    List<String> urls,
    Map<String, String> annotations,
    @Nullable Platform platform,
    String artifactType) {

  public Descriptor {
    if (size < 0) {
      throw new IllegalArgumentException("negative size " + size + " of " + digest);
    }
    urls = List.copyOf(urls);
    annotations = Collections.unmodifiableMap(new TreeMap<>(annotations));
  }

  public Descriptor(String mediaType, Digest digest, long size) {
    this(mediaType, digest, size, List.of(), Map.of(), null, "");
  }

  /** The same descriptor for that platform. */
  public Descriptor withPlatform(@Nullable Platform platform) {
    return new Descriptor(mediaType, digest, size, urls, annotations, platform, artifactType);
  }

  /** The same descriptor with these annotations in place of its own. */
  public Descriptor withAnnotations(Map<String, String> annotations) {
    return new Descriptor(mediaType, digest, size, urls, annotations, platform, artifactType);
  }

  /** The JSON object of the specification, members in its order. */
  public Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("mediaType", mediaType);
    json.put("digest", digest.value());
    json.put("size", size);
    if (!urls.isEmpty()) {
      json.put("urls", urls);
    }
    if (!annotations.isEmpty()) {
      json.put("annotations", annotations);
    }
    if (platform != null) {
      json.put("platform", platform.toJson());
    }
    if (!artifactType.isEmpty()) {
      json.put("artifactType", artifactType);
    }
    return json;
  }

  /**
   * Reads the JSON object of the specification.
   *
   * @param json an object as {@link Json#parse(byte[])} returns it
   * @throws dev.gatehouse.llb.json.JsonException if it is no descriptor
   */
  public static Descriptor fromJson(@Nullable Object json) {
    JsonObject object = JsonObject.of(json, "descriptor");
    JsonObject platform = object.object("platform");
    return new Descriptor(
        object.string("mediaType"),
        object.digest("digest"),
        object.number("size"),
        object.strings("urls"),
        object.stringMap("annotations"),
        platform == null ? null : platform.platform(),
        object.string("artifactType"));
  }
}
