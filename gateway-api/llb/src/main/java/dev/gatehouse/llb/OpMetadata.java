package dev.gatehouse.llb;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is said about a vertex beside its operation; no part of its digest.
 *
 * @param ignoreCache whether the vertex is run although a result is known
 * @param description free text by key; {@value #CUSTOM_NAME} is the name that progress shows
 * @param exportCache whether its result is exported with the cache; null leaves it to the build
 * @param capabilities ids of the capabilities that it needs
 * @param progressGroup the group it is shown in; null if none
 * @param linuxResources limits of its containers; null if none
 */
public record OpMetadata(
    boolean ignoreCache,
    Map<String, String> description,
    @Nullable Boolean exportCache,
    Set<String> capabilities,
    @Nullable ProgressGroup progressGroup,
    @Nullable LinuxResources linuxResources) {
  /** Key of the description that names a vertex. */
  public static final String CUSTOM_NAME = "llb.customname";

  /** Nothing said. */
  public static final OpMetadata NONE = new OpMetadata(false, Map.of(), null, Set.of(), null, null);

  public OpMetadata {
    description = Collections.unmodifiableMap(new TreeMap<>(description));
    capabilities = Collections.unmodifiableSet(new TreeSet<>(capabilities));
  }

  /** This metadata with what {@code other} says on top of it. */
  public OpMetadata merge(OpMetadata other) {
    Map<String, String> description = new TreeMap<>(this.description);
    description.putAll(other.description);
    Set<String> capabilities = new TreeSet<>(this.capabilities);
    capabilities.addAll(other.capabilities);
    return new OpMetadata(
        ignoreCache || other.ignoreCache,
        description,
        other.exportCache != null ? other.exportCache : exportCache,
        capabilities,
        other.progressGroup != null ? other.progressGroup : progressGroup,
        other.linuxResources != null ? other.linuxResources : linuxResources);
  }
}
