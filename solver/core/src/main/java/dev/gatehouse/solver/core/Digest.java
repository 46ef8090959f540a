package dev.gatehouse.solver.core;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A checksum with its algorithm, written {@code sha256:<hex>} as the OCI image specification
 * defines it.
 *
 * @param algorithm the algorithm's name in lower case, {@code sha256} for all that Gatehouse
 *     computes
 * @param encoded the checksum, lower-case hexadecimal for the sha2 family
 */
public record Digest(String algorithm, String encoded) implements Comparable<Digest> {
  private static final Pattern ALGORITHM = Pattern.compile("[a-z0-9]+(?:[.+_-][a-z0-9]+)*");
  private static final Pattern ENCODED = Pattern.compile("[a-zA-Z0-9=_-]+");
  private static final int MAX_LENGTH = 256;

  public Digest {
    boolean valid =
        algorithm.length() + encoded.length() < MAX_LENGTH
            && (switch (algorithm) {
              case "sha256" -> isHex(encoded, 64);
              case "sha384" -> isHex(encoded, 96);
              case "sha512" -> isHex(encoded, 128);
              default ->
                  ALGORITHM.matcher(algorithm).matches() && ENCODED.matcher(encoded).matches();
            });
    if (!valid) {
      throw new IllegalArgumentException("invalid digest \"" + algorithm + ":" + encoded + "\"");
    }
  }

  private static boolean isHex(String text, int length) {
    if (text.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  /** Reads {@code algorithm:encoded}. */
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon <= 0) {
      throw new IllegalArgumentException("invalid digest \"" + text + "\"");
    }
    return new Digest(text.substring(0, colon), text.substring(colon + 1));
  }

  /** The SHA-256 of bytes. */
  public static Digest sha256(byte[] bytes) {
    return of(newSha256().digest(bytes));
  }

  /** The SHA-256 of a text's UTF-8 bytes. */
  public static Digest sha256(String text) {
    return sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Wraps the 32 bytes that a SHA-256 computation gave. */
  public static Digest of(byte[] sha256) {
    return new Digest("sha256", HexFormat.of().formatHex(sha256));
  }

  /** A fresh SHA-256 computation. */
  public static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public int compareTo(Digest other) {
    int byAlgorithm = algorithm.compareTo(other.algorithm);
    return byAlgorithm != 0 ? byAlgorithm : encoded.compareTo(other.encoded);
  }

  @Override
  public String toString() {
    return algorithm + ":" + encoded;
  }
}
