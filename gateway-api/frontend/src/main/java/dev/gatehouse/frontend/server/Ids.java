package dev.gatehouse.frontend.server;

import java.math.BigInteger;
import java.security.SecureRandom;

/** Identifiers in the form of BuildKit's: 25 characters of base 36, 128 bits of chance. */
public final class Ids {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Ids() {}

  /** A new identifier. */
  public static String random() {
    String id = new BigInteger(128, RANDOM).toString(36);
    return "0".repeat(Math.max(0, 25 - id.length())) + id;
  }
}
