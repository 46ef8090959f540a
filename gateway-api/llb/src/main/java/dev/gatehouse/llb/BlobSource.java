package dev.gatehouse.llb;

import dev.gatehouse.llb.oci.ImageReference;
import java.util.Map;
import java.util.TreeMap;

/**
 * Collects what a single blob of a registry or of a client's OCI layout is fetched with, as a file.
 */
public final class BlobSource {
  private final String scheme;
  private final String reference;
  private final FileAttributes file = new FileAttributes();
  private String sessionId = "";
  private String storeId = "";
  private Constraints constraints = Constraints.NONE;

  private BlobSource(String scheme, String reference) {
    ImageReference parsed;
    try {
      parsed = ImageReference.parse(reference);
    } catch (IllegalArgumentException e) {
      throw new LlbException(
          "failed to parse blob reference \"" + reference + "\": " + e.getMessage(), e);
    }
    if (!parsed.tag().isEmpty()) {
      throw new LlbException("tagged image reference not allowed for blob reference");
    }
    if (parsed.digest() == null) {
      throw new LlbException("checksum required in blob reference");
    }
    this.scheme = scheme;
    this.reference = parsed.toString();
  }

  /** A blob of a registry, by repository and digest. */
  public static BlobSource image(String reference) {
    return new BlobSource("docker-image+blob", reference);
  }

  /** A blob of a client's OCI layout, by name and digest. */
  public static BlobSource ociLayout(String reference) {
    return new BlobSource("oci-layout+blob", reference);
  }

  /** The client's session and the name of the layout in it. */
  public BlobSource store(String sessionId, String storeId) {
    this.sessionId = sessionId;
    this.storeId = storeId;
    return this;
  }

  /** The name of the file that holds the blob. */
  public BlobSource filename(String filename) {
    file.filename = filename;
    return this;
  }

  /** The permissions of the file; 0 for the usual ones. */
  public BlobSource mode(int mode) {
    file.mode = mode & 0777;
    return this;
  }

  public BlobSource owner(int uid, int gid) {
    file.uid = uid;
    file.gid = gid;
    return this;
  }

  public BlobSource constraints(Constraints constraints) {
    this.constraints = constraints;
    return this;
  }

  public State state() {
    Map<String, String> attributes = new TreeMap<>();
    file.addTo(attributes);
    if (!sessionId.isEmpty()) {
      attributes.put("oci.session", sessionId);
    }
    if (!storeId.isEmpty()) {
      attributes.put("oci.store", storeId);
    }
    return SourceVertex.state(
        scheme + "://" + reference,
        attributes,
        constraints.withCapability(Capability.SOURCE_IMAGE_BLOB));
  }
}
