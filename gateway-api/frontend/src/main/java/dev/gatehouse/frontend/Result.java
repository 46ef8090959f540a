package dev.gatehouse.frontend;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a build returns: one reference, or one for each key (a platform), with metadata and
 * attestations.
 *
 * <p>Metadata keys are those of BuildKit's exporters: {@code containerimage.config}, {@code
 * refs.platforms} and, with a platform, {@code containerimage.config/linux/amd64}. A result without
 * any reference is an empty file system.
 */
public final class Result {
  private final @Nullable Reference reference;
  private final Map<String, Optional<Reference>> references;
  private final Map<String, byte[]> metadata;
  private final Map<String, List<Attestation>> attestations;

  private Result(Builder b) {
    reference = b.reference;
    references = Ordered.map(b.references);
    metadata = Ordered.map(b.metadata);
    Map<String, List<Attestation>> copy = new LinkedHashMap<>();
    b.attestations.forEach((k, v) -> copy.put(k, List.copyOf(v)));
    attestations = Ordered.map(copy);
  }

  /** A result of one reference. */
  public static Result of(Reference reference) {
    return builder().reference(reference).build();
  }

  /** A result with nothing in it. */
  public static Result empty() {
    return builder().build();
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * The single reference; empty for an empty file system and for a result with a map of references.
   */
  public Optional<Reference> reference() {
    return Optional.ofNullable(reference);
  }

  /**
   * The references by key in order of insertion, empty for a result of one reference.
   *
   * <p>A value is empty where that platform's file system is.
   */
  public Map<String, Optional<Reference>> references() {
    return references;
  }

  /** Metadata by key, in order of insertion. The arrays are shared: do not write to them. */
  public Map<String, byte[]> metadata() {
    return metadata;
  }

  /** A metadata value as text. */
  public Optional<String> metadataText(String key) {
    byte[] value = metadata.get(key);
    return value == null
        ? Optional.empty()
        : Optional.of(new String(value, StandardCharsets.UTF_8));
  }

  /**
   * Attestations by the key of the reference they are about; the empty key for a single reference.
   */
  public Map<String, List<Attestation>> attestations() {
    return attestations;
  }

  /** The one reference there must be, either alone or as only value of the map. */
  public Reference singleReference() throws FrontendException {
    if (reference != null) {
      return reference;
    }
    if (references.size() == 1) {
      Optional<Reference> only = references.values().iterator().next();
      if (only.isPresent()) {
        return only.get();
      }
    }
    throw FrontendException.internal(
        "result has no single reference"
            + (references.isEmpty() ? "" : ", but " + references.keySet()));
  }

  /** All references, the single one and those of the map. */
  public Collection<Reference> allReferences() {
    List<Reference> all = new ArrayList<>();
    if (reference != null) {
      all.add(reference);
    }
    references.values().forEach(r -> r.ifPresent(all::add));
    return all;
  }

  /** The same content, to add to. */
  public Builder toBuilder() {
    Builder b = new Builder();
    b.reference = reference;
    b.references.putAll(references);
    b.metadata.putAll(metadata);
    attestations.forEach((k, v) -> b.attestations.put(k, new ArrayList<>(v)));
    return b;
  }

  /** Collects a result. */
  public static final class Builder {
    private @Nullable Reference reference;
    private final Map<String, Optional<Reference>> references = new LinkedHashMap<>();
    private final Map<String, byte[]> metadata = new LinkedHashMap<>();
    private final Map<String, List<Attestation>> attestations = new LinkedHashMap<>();

    private Builder() {}

    /** Sets the single reference. */
    public Builder reference(Reference value) {
      reference = Objects.requireNonNull(value);
      return this;
    }

    /** Sets or removes the single reference. */
    public Builder reference(Optional<Reference> value) {
      reference = value.orElse(null);
      return this;
    }

    /** Adds the reference of a key. */
    public Builder reference(String key, Reference value) {
      references.put(key, Optional.of(value));
      return this;
    }

    /** Adds the reference of a key, or an empty file system for it. */
    public Builder reference(String key, Optional<Reference> value) {
      references.put(key, value);
      return this;
    }

    public Builder metadata(String key, byte[] value) {
      metadata.put(Objects.requireNonNull(key), Objects.requireNonNull(value));
      return this;
    }

    /** Adds metadata as UTF-8. */
    public Builder metadata(String key, String value) {
      return metadata(key, value.getBytes(StandardCharsets.UTF_8));
    }

    public Builder attestation(String key, Attestation value) {
      attestations.computeIfAbsent(key, k -> new ArrayList<>()).add(value);
      return this;
    }

    /**
     * @throws IllegalStateException with both a single reference and a map
     */
    public Result build() {
      if (reference != null && !references.isEmpty()) {
        throw new IllegalStateException(
            "a result has one reference or a map of references, not both");
      }
      return new Result(this);
    }
  }
}
