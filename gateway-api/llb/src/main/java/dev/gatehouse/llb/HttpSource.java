package dev.gatehouse.llb;

import dev.gatehouse.llb.oci.Digest;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Collects what a file is downloaded with. */
public final class HttpSource {
  private final String url;
  private @Nullable Digest checksum;
  private final FileAttributes file = new FileAttributes();
  private String authHeaderSecret = "";
  private final Map<String, String> headers = new TreeMap<>();
  private String signatureKey = "";
  private String signature = "";
  private Constraints constraints = Constraints.NONE;

  private HttpSource(String url) {
    this.url = url;
  }

  /** A file by its {@code http} or {@code https} URL. */
  public static HttpSource of(String url) {
    return new HttpSource(url);
  }

  /** Requires that the content has this digest. */
  public HttpSource checksum(@Nullable Digest checksum) {
    this.checksum = checksum;
    return this;
  }

  public HttpSource filename(String filename) {
    file.filename = filename;
    return this;
  }

  /** The permissions of the file; 0 for the usual ones. */
  public HttpSource mode(int mode) {
    file.mode = mode & 0777;
    return this;
  }

  public HttpSource owner(int uid, int gid) {
    file.uid = uid;
    file.gid = gid;
    return this;
  }

  /** Sends a secret of this id as the Authorization header. */
  public HttpSource authHeaderSecret(String id) {
    this.authHeaderSecret = id;
    return this;
  }

  /** Sends an Accept header. */
  public HttpSource accept(String value) {
    headers.put("http.header.accept", value);
    return this;
  }

  /** Sends a User-Agent header. */
  public HttpSource userAgent(String value) {
    headers.put("http.header.user-agent", value);
    return this;
  }

  /** Requires that an armoured OpenPGP signature of the content by the key is right. */
  public HttpSource signature(String publicKey, String signature) {
    this.signatureKey = publicKey;
    this.signature = signature;
    return this;
  }

  public HttpSource constraints(Constraints constraints) {
    this.constraints = constraints;
    return this;
  }

  public State state() {
    Map<String, String> attributes = new TreeMap<>(headers);
    Constraints c = constraints.withCapability(Capability.SOURCE_HTTP);
    if (checksum != null) {
      attributes.put("http.checksum", checksum.value());
      c = c.withCapability(Capability.SOURCE_HTTP_CHECKSUM);
    }
    file.addTo(attributes);
    if (file.mode != 0) {
      c = c.withCapability(Capability.SOURCE_HTTP_PERM);
    }
    if (file.uid != 0 || file.gid != 0) {
      c = c.withCapability(Capability.SOURCE_HTTP_UID_GID);
    }
    if (!authHeaderSecret.isEmpty()) {
      attributes.put("http.authheadersecret", authHeaderSecret);
      c = c.withCapability(Capability.SOURCE_HTTP_AUTH);
    }
    if (!headers.isEmpty()) {
      c = c.withCapability(Capability.SOURCE_HTTP_HEADER);
    }
    if (!signatureKey.isEmpty() || !signature.isEmpty()) {
      if (!signatureKey.isEmpty()) {
        attributes.put("http.sig.pubkey", signatureKey);
      }
      if (!signature.isEmpty()) {
        attributes.put("http.sig.signature", signature);
      }
      c = c.withCapability(Capability.SOURCE_HTTP_SIGNATURE_VERIFY);
    }
    return SourceVertex.state(url, attributes, c);
  }
}
