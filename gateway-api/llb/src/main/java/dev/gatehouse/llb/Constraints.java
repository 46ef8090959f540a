package dev.gatehouse.llb;

import dev.gatehouse.llb.oci.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What can be said about any operation.
 *
 * @param platform what it runs on; null takes the platform of the state, then that of the
 *     marshalling
 * @param workerFilters filters that a worker must match
 * @param metadata what is said about the vertex
 * @param locations where it comes from
 */
public record Constraints(
    @Nullable Platform platform,
    List<String> workerFilters,
    OpMetadata metadata,
    List<SourceLocation> locations) {
  /** Nothing said. */
  public static final Constraints NONE =
      new Constraints(null, List.of(), OpMetadata.NONE, List.of());

  public Constraints {
    workerFilters = List.copyOf(workerFilters);
    locations = List.copyOf(locations);
  }

  /** The same with the capability among those needed. */
  Constraints withCapability(String... capabilities) {
    return new Constraints(
        platform,
        workerFilters,
        metadata.merge(
            new OpMetadata(
                false, Map.of(), null, new TreeSet<>(List.of(capabilities)), null, null)),
        locations);
  }

  /** A builder that begins with nothing said. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects what is said about an operation. */
  public static final class Builder {
    private @Nullable Platform platform;
    private final List<String> workerFilters = new ArrayList<>();
    private boolean ignoreCache;
    private final Map<String, String> description = new TreeMap<>();
    private @Nullable Boolean exportCache;
    private final Set<String> capabilities = new TreeSet<>();
    private @Nullable ProgressGroup progressGroup;
    private @Nullable LinuxResources linuxResources;
    private final List<SourceLocation> locations = new ArrayList<>();

    private Builder() {}

    public Builder platform(@Nullable Platform platform) {
      this.platform = platform;
      return this;
    }

    /** Requires a worker that matches the filter. */
    public Builder require(String filter) {
      workerFilters.add(filter);
      return this;
    }

    /** Runs the operation although a result may be known. */
    public Builder ignoreCache() {
      ignoreCache = true;
      return this;
    }

    /** The name that progress shows. */
    public Builder name(String name) {
      return description(OpMetadata.CUSTOM_NAME, name);
    }

    public Builder description(String key, String value) {
      description.put(key, value);
      return this;
    }

    /** Whether the result is exported with the cache; null leaves it to the build. */
    public Builder exportCache(@Nullable Boolean exportCache) {
      this.exportCache = exportCache;
      return this;
    }

    public Builder progressGroup(@Nullable ProgressGroup progressGroup) {
      this.progressGroup = progressGroup;
      return this;
    }

    public Builder linuxResources(@Nullable LinuxResources linuxResources) {
      this.linuxResources = linuxResources;
      return this;
    }

    public Builder location(SourceMap source, List<SourceRange> ranges) {
      locations.add(new SourceLocation(source, ranges));
      return this;
    }

    public Constraints build() {
      return new Constraints(
          platform,
          workerFilters,
          new OpMetadata(
              ignoreCache, description, exportCache, capabilities, progressGroup, linuxResources),
          locations);
    }
  }
}
