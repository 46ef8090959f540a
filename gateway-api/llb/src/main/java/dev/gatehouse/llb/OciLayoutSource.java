package dev.gatehouse.llb;

import java.util.Map;
import java.util.TreeMap;

/** Collects what an image from a client's OCI layout is fetched with. */
public final class OciLayoutSource {
  private final String reference;
  private String sessionId = "";
  private String storeId = "";
  private int layerLimit = -1;
  private Constraints constraints = Constraints.NONE;

  private OciLayoutSource(String reference) {
    this.reference = reference;
  }

  /** An image by a name with digest. */
  public static OciLayoutSource of(String reference) {
    return new OciLayoutSource(reference);
  }

  /**
   * The client's session and the name of the layout in it; an empty session is any of the build.
   */
  public OciLayoutSource store(String sessionId, String storeId) {
    this.sessionId = sessionId;
    this.storeId = storeId;
    return this;
  }

  /** Takes only that many layers, from the lowest. */
  public OciLayoutSource layerLimit(int layerLimit) {
    this.layerLimit = layerLimit;
    return this;
  }

  public OciLayoutSource constraints(Constraints constraints) {
    this.constraints = constraints;
    return this;
  }

  public State state() {
    Map<String, String> attributes = new TreeMap<>();
    if (!sessionId.isEmpty()) {
      attributes.put("oci.session", sessionId);
    }
    if (!storeId.isEmpty()) {
      attributes.put("oci.store", storeId);
    }
    if (layerLimit >= 0) {
      attributes.put("oci.layerlimit", Integer.toString(layerLimit));
    }
    return SourceVertex.state(
        "oci-layout://" + reference,
        attributes,
        constraints.withCapability(Capability.SOURCE_OCI_LAYOUT));
  }
}
