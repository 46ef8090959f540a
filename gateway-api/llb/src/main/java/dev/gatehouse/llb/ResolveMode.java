package dev.gatehouse.llb;

/** Where an image is looked up. */
public enum ResolveMode {
  /** As the daemon sees fit. */
  DEFAULT("default"),
  /** In the registry, even if the daemon has it. */
  FORCE_PULL("pull"),
  /** In the daemon first. */
  PREFER_LOCAL("local");

  private final String id;

  ResolveMode(String id) {
    this.id = id;
  }

  /** The name on the wire. */
  public String id() {
    return id;
  }
}
