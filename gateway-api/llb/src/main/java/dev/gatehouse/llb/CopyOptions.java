package dev.gatehouse.llb;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How files are copied.
 *
 * @param mode permissions of the copies; null to keep those of the source
 * @param modeText permissions in chmod's symbolic form; empty if none. Goes before {@code mode}
 * @param followSymlinks whether a symbolic link as source is followed
 * @param directoryContentsOnly whether of a folder only what it contains is copied
 * @param includePatterns patterns of which one must match; empty for all
 * @param excludePatterns patterns of which none may match
 * @param requiredPaths paths that must exist in the source
 * @param unpack whether archives are unpacked
 * @param createDestination whether missing folders of the destination are made
 * @param allowWildcard whether the source is a pattern
 * @param allowEmptyWildcard whether the pattern may match nothing
 * @param owner owner of the copies; null to leave it to the builder
 * @param created time of the copies; null to keep that of the source
 * @param replaceExisting whether what is at the destination is replaced even if it is of another
 *     kind
 */
public record CopyOptions(
    @Nullable Integer mode,
    String modeText,
    boolean followSymlinks,
    boolean directoryContentsOnly,
    List<String> includePatterns,
    List<String> excludePatterns,
    List<String> requiredPaths,
    boolean unpack,
    boolean createDestination,
    boolean allowWildcard,
    boolean allowEmptyWildcard,
    @Nullable Owner owner,
    @Nullable Instant created,
    boolean replaceExisting) {
  /** A plain copy. */
  public static final CopyOptions NONE = builder().build();

  public CopyOptions {
    includePatterns = List.copyOf(includePatterns);
    excludePatterns = List.copyOf(excludePatterns);
    requiredPaths = List.copyOf(requiredPaths);
  }

  /** A builder of a plain copy. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects how files are copied. */
  public static final class Builder {
    private @Nullable Integer mode;
    private String modeText = "";
    private boolean followSymlinks;
    private boolean directoryContentsOnly;
    private List<String> includePatterns = List.of();
    private List<String> excludePatterns = List.of();
    private List<String> requiredPaths = List.of();
    private boolean unpack;
    private boolean createDestination;
    private boolean allowWildcard;
    private boolean allowEmptyWildcard;
    private @Nullable Owner owner;
    private @Nullable Instant created;
    private boolean replaceExisting;

    private Builder() {}

    public Builder mode(@Nullable Integer mode) {
      this.mode = mode;
      return this;
    }

    public Builder modeText(String modeText) {
      this.modeText = modeText;
      return this;
    }

    public Builder followSymlinks(boolean followSymlinks) {
      this.followSymlinks = followSymlinks;
      return this;
    }

    public Builder directoryContentsOnly(boolean directoryContentsOnly) {
      this.directoryContentsOnly = directoryContentsOnly;
      return this;
    }

    public Builder includePatterns(List<String> includePatterns) {
      this.includePatterns = includePatterns;
      return this;
    }

    public Builder excludePatterns(List<String> excludePatterns) {
      this.excludePatterns = excludePatterns;
      return this;
    }

    public Builder requiredPaths(List<String> requiredPaths) {
      this.requiredPaths = requiredPaths;
      return this;
    }

    public Builder unpack(boolean unpack) {
      this.unpack = unpack;
      return this;
    }

    public Builder createDestination(boolean createDestination) {
      this.createDestination = createDestination;
      return this;
    }

    public Builder allowWildcard(boolean allowWildcard) {
      this.allowWildcard = allowWildcard;
      return this;
    }

    public Builder allowEmptyWildcard(boolean allowEmptyWildcard) {
      this.allowEmptyWildcard = allowEmptyWildcard;
      return this;
    }

    public Builder owner(@Nullable Owner owner) {
      this.owner = owner;
      return this;
    }

    public Builder created(@Nullable Instant created) {
      this.created = created;
      return this;
    }

    public Builder replaceExisting(boolean replaceExisting) {
      this.replaceExisting = replaceExisting;
      return this;
    }

    public CopyOptions build() {
      return new CopyOptions(
          mode,
          modeText,
          followSymlinks,
          directoryContentsOnly,
          includePatterns,
          excludePatterns,
          requiredPaths,
          unpack,
          createDestination,
          allowWildcard,
          allowEmptyWildcard,
          owner,
          created,
          replaceExisting);
    }
  }
}
