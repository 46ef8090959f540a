package dev.gatehouse.llb;

import dev.gatehouse.llb.json.Json;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Collects what a folder of the client is transferred with. */
public final class LocalSource {
  private final String name;
  private String sessionId = "";
  private List<String> includePatterns = List.of();
  private List<String> excludePatterns = List.of();
  private List<String> followPaths = List.of();
  private String sharedKeyHint = "";
  private String differ = "";
  private boolean differRequired;
  private boolean metadataOnly;
  private List<String> metadataOnlyExceptions = List.of();
  private Constraints constraints = Constraints.NONE;

  private LocalSource(String name) {
    this.name = name;
  }

  /** A folder by the name that the client gives it. */
  public static LocalSource of(String name) {
    return new LocalSource(name);
  }

  /** The session of the client that has the folder. */
  public LocalSource session(String sessionId) {
    this.sessionId = sessionId;
    return this;
  }

  /** Transfers only what matches one of the patterns. */
  public LocalSource includePatterns(List<String> patterns) {
    this.includePatterns = List.copyOf(patterns);
    return this;
  }

  /** Transfers nothing that matches one of the patterns, with the syntax of ignore files. */
  public LocalSource excludePatterns(List<String> patterns) {
    this.excludePatterns = List.copyOf(patterns);
    return this;
  }

  /** Transfers only these paths and what symbolic links on them point to. */
  public LocalSource followPaths(List<String> paths) {
    this.followPaths = List.copyOf(paths);
    return this;
  }

  /** Tells folders of one name apart, so that a transfer begins with the right earlier one. */
  public LocalSource sharedKeyHint(String hint) {
    this.sharedKeyHint = hint;
    return this;
  }

  /** Transfers all files, without a look at what came earlier. */
  public LocalSource withoutDiffer(boolean required) {
    this.differ = "none";
    this.differRequired = required;
    return this;
  }

  /**
   * Compares names, sizes, times and owners with what came earlier, which is what is done if
   * nothing is said.
   */
  public LocalSource metadataDiffer(boolean required) {
    this.differ = "metadata";
    this.differRequired = required;
    return this;
  }

  /** Transfers no content, except of the paths given. */
  public LocalSource metadataOnly(List<String> exceptions) {
    this.metadataOnly = true;
    this.metadataOnlyExceptions = List.copyOf(exceptions);
    return this;
  }

  public LocalSource constraints(Constraints constraints) {
    this.constraints = constraints;
    return this;
  }

  public State state() {
    Map<String, String> attributes = new TreeMap<>();
    Constraints c = constraints.withCapability(Capability.SOURCE_LOCAL);
    if (!sessionId.isEmpty()) {
      attributes.put("local.session", sessionId);
      c = c.withCapability(Capability.SOURCE_LOCAL_SESSION_ID);
    }
    if (!includePatterns.isEmpty()) {
      attributes.put("local.includepattern", Json.write(includePatterns));
      c = c.withCapability(Capability.SOURCE_LOCAL_INCLUDE_PATTERNS);
    }
    if (!followPaths.isEmpty()) {
      attributes.put("local.followpaths", Json.write(followPaths));
      c = c.withCapability(Capability.SOURCE_LOCAL_FOLLOW_PATHS);
    }
    if (!excludePatterns.isEmpty()) {
      attributes.put("local.excludepatterns", Json.write(excludePatterns));
      c = c.withCapability(Capability.SOURCE_LOCAL_EXCLUDE_PATTERNS);
    }
    if (!sharedKeyHint.isEmpty()) {
      attributes.put("local.sharedkeyhint", sharedKeyHint);
      c = c.withCapability(Capability.SOURCE_LOCAL_SHARED_KEY_HINT);
    }
    if (!differ.isEmpty()) {
      attributes.put("local.differ", differ);
      if (differRequired) {
        c = c.withCapability(Capability.SOURCE_LOCAL_DIFFER);
      }
    }
    if (metadataOnly) {
      attributes.put("local.metadatatransfer", "true");
      if (!metadataOnlyExceptions.isEmpty()) {
        attributes.put("local.metadatatransferexclude", Json.write(metadataOnlyExceptions));
      }
      c = c.withCapability(Capability.SOURCE_METADATA_TRANSFER);
    }
    return SourceVertex.state("local://" + name, attributes, c);
  }
}
