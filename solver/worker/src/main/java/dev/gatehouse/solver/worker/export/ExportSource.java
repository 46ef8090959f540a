package dev.gatehouse.solver.worker.export;

import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.ImmutableReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The result of a build as exporters take it.
 *
 * @param reference the one file tree; empty for scratch, or if there are several
 * @param references the file trees by the ids of {@code refs.platforms}, in order; an empty value
 *     is scratch
 * @param metadata what the frontend said of the result, {@code containerimage.config} and the like,
 *     with {@code /<id>} appended where it is of one of several
 * @param attestations in-toto statements to attach, by platform id
 */
public record ExportSource(
    Optional<ImmutableReference> reference,
    Map<String, Optional<ImmutableReference>> references,
    Map<String, byte[]> metadata,
    Map<String, List<Attestation>> attestations) {
  public ExportSource {
    references = Collections.unmodifiableMap(new LinkedHashMap<>(references));
    metadata = Map.copyOf(metadata);
    attestations = Collections.unmodifiableMap(new LinkedHashMap<>(attestations));
  }

  /** The ids of the result's platforms, of which there is at least one. */
  public List<String> platformIds() throws SolveException {
    return ExportPlatforms.of(this).stream().map(ExportPlatforms.Entry::id).toList();
  }

  /** The same with a further attestation of a platform. */
  public ExportSource withAttestation(String platformId, Attestation attestation) {
    Map<String, List<Attestation>> all = new LinkedHashMap<>(attestations);
    List<Attestation> own = new ArrayList<>(all.getOrDefault(platformId, List.of()));
    own.add(attestation);
    all.put(platformId, own);
    return new ExportSource(reference, references, metadata, all);
  }

  /** The tree of a platform: that under its id, or the only one. */
  Optional<ImmutableReference> find(String id) {
    Optional<ImmutableReference> one = references.get(id);
    return one == null ? reference : one;
  }

  /** Metadata of a platform, or else of all. */
  Optional<byte[]> metadata(String key, Optional<String> id) {
    if (id.isPresent()) {
      byte[] own = metadata.get(key + "/" + id.get());
      if (own != null) {
        return Optional.of(own);
      }
    }
    return Optional.ofNullable(metadata.get(key));
  }
}
