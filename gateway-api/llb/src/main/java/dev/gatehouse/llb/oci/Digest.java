package dev.gatehouse.llb.oci;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A content digest in the form {@code algorithm:hex} of the OCI image specification.
 *
 * <p>Algorithms are sha256, sha384 and sha512; the encoded part is lower-case hex of the full
 * length.
 */
public record Digest(String value) implements Comparable<Digest> {

  public Digest {
    String problem = problem(value);
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
  }

  private static @Nullable String problem(String value) {
    int colon = value.indexOf(':');
    if (colon <= 0 || colon == value.length() - 1) {
      return "invalid checksum digest format";
    }
    int length;
    switch (value.substring(0, colon)) {
      case "sha256" -> length = 64;
      case "sha384" -> length = 96;
      case "sha512" -> length = 128;
      default -> {
        return "unsupported digest algorithm";
      }
    }
    if (value.length() - colon - 1 != length) {
      return "invalid checksum digest length";
    }
    for (int i = colon + 1; i < value.length(); i++) {
      char c = value.charAt(i);
      if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
        return "invalid checksum digest format";
      }
    }
    return null;
  }

  /** The SHA-256 digest of the bytes. */
  public static Digest sha256(byte[] bytes) {
    return new Digest("sha256:" + HexFormat.of().formatHex(Sha256.of(bytes)));
  }

  /** The SHA-256 digest of the text in UTF-8. */
  public static Digest sha256(String text) {
    return sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The digest that the text names, or nothing if it names none. */
  public static Optional<Digest> parse(String text) {
    return problem(text) == null ? Optional.of(new Digest(text)) : Optional.empty();
  }

  /** The name of the hash function, such as {@code sha256}. */
  public String algorithm() {
    return value.substring(0, value.indexOf(':'));
  }

  /** The hash in lower-case hex. */
  public String hex() {
    return value.substring(value.indexOf(':') + 1);
  }

  @Override
  public int compareTo(Digest other) {
    return value.compareTo(other.value);
  }

  /** The digest as it is written in manifests: {@code algorithm:hex}. */
  @Override
  public String toString() {
    return value;
  }

  // Written out: what the JVM makes for records is made at the first call, and digests are keys in
  // processes that live for a few calls only.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Digest that && value.equals(that.value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }
}
