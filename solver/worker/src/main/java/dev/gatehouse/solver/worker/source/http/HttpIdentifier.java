package dev.gatehouse.solver.worker.source.http;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.json.GoJson;
import dev.gatehouse.solver.worker.source.SourceRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which file is wanted, and as what it is to lie in the tree.
 *
 * @param url with its scheme
 * @param checksum that the content must have
 * @param filename given name; empty for the one that the server or the URL says
 * @param perm permission bits; 0 for 0600
 * @param uid owner
 * @param gid group
 * @param authHeaderSecret id of the secret that is the Authorization header; empty for the ids that
 *     are tried by default
 * @param headers further request headers
 */
record HttpIdentifier(
    URI url,
    Optional<Digest> checksum,
    String filename,
    int perm,
    int uid,
    int gid,
    String authHeaderSecret,
    TreeMap<String, String> headers) {
  private static final String HEADER_PREFIX = "http.header.";

  /** HTTP's way to write a time. */
  static HttpIdentifier of(SourceRequest request) throws SolveException {
    Optional<Digest> checksum = Optional.empty();
    String filename = "";
    int perm = 0;
    int uid = 0;
    int gid = 0;
    String secret = "";
    TreeMap<String, String> headers = new TreeMap<>();
    for (Map.Entry<String, String> attribute : request.attributes().entrySet()) {
      String value = attribute.getValue();
      switch (attribute.getKey()) {
        case "http.checksum" -> checksum = Optional.of(digest(value));
        case "http.filename" -> filename = value;
        case "http.perm" -> perm = number(value) & 07777;
        case "http.uid" -> uid = number(value);
        case "http.gid" -> gid = number(value);
        case "http.authheadersecret" -> secret = value;
        case "http.sig.pubkey", "http.sig.signature" ->
            throw invalid(
                request.identifier() + ": verification of signatures is not supported", null);
        default -> {
          if (attribute.getKey().startsWith(HEADER_PREFIX)) {
            String name = attribute.getKey().substring(HEADER_PREFIX.length());
            // Others are left out without a word, as BuildKit does.
            if (name.equalsIgnoreCase("accept")) {
              headers.put("Accept", value);
            } else if (name.equalsIgnoreCase("user-agent")) {
              headers.put("User-Agent", value);
            }
          }
        }
      }
    }
    return new HttpIdentifier(
        url(request.identifier()), checksum, filename, perm, uid, gid, secret, headers);
  }

  private static URI url(String text) throws SolveException {
    try {
      URI url = new URI(text.indexOf(' ') < 0 ? text : text.replace(" ", "%20"));
      if (url.getHost() == null) {
        throw invalid("invalid URL " + text + ": no host", null);
      }
      return url;
    } catch (URISyntaxException e) {
      throw invalid("invalid URL " + text + ": " + e.getReason(), e);
    }
  }

  private static Digest digest(String text) throws SolveException {
    try {
      Digest digest = Digest.parse(text);
      if (!digest.algorithm().equals("sha256")) {
        throw invalid("unsupported digest algorithm " + digest.algorithm(), null);
      }
      return digest;
    } catch (IllegalArgumentException e) {
      throw invalid(String.valueOf(e.getMessage()), e);
    }
  }

  private static int number(String text) throws SolveException {
    try {
      if (text.length() > 1 && text.startsWith("0") && text.chars().allMatch(Character::isDigit)) {
        return Integer.parseInt(text, 8);
      }
      if (text.startsWith("0o")) {
        return Integer.parseInt(text.substring(2), 8);
      }
      return Integer.decode(text);
    } catch (NumberFormatException e) {
      throw invalid("invalid number " + text, e);
    }
  }

  private static SolveException invalid(
      String message, @org.jspecify.annotations.Nullable Throwable cause) {
    return new SolveException("source.http.invalid", ErrorCategory.USER, message, cause);
  }

  /** What fetched files are found under. It leaves this worker nowhere. */
  String storeKey() {
    byte[] place = (url + "\0" + filename).getBytes(StandardCharsets.UTF_8);
    return Digest.sha256(
            GoJson.object(json -> {
              json.text("Filename", Base64.getEncoder().encodeToString(place));
              owner(json);
              json.optText("AuthHeaderSecret", authHeaderSecret);
              headers.forEach(json::text);
            }))
        .toString();
  }

  private void owner(GoJson json) {
    json.number("Perm", perm).number("UID", uid).number("GID", gid);
  }

  /** The key that BuildKit gives to the file. */
  String cacheKey(String name, Digest content, Optional<Instant> modified) {
    return Digest.sha256(
            GoJson.object(json -> {
              json.text("Filename", name);
              owner(json);
              json.text("Checksum", content.toString())
                  .optText("LastModTime", modified.map(HttpTime::format).orElse(""))
                  .optText("AuthHeaderSecret", authHeaderSecret)
                  .optObjects(
                      "Header",
                      headers.entrySet().stream().toList(),
                      (field, header) ->
                          field.text("Name", header.getKey()).text("Value", header.getValue()));
            }))
        .toString();
  }
}
