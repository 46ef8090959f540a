package dev.gatehouse.solver.core;

import java.util.List;

/** Computes the texts that name cache keys in a {@link CacheStorage}. */
public final class CacheKeys {
  /** The output position in the key of content, which belongs to no operation. */
  public static final int CONTENT = -1;

  private CacheKeys() {}

  /**
   * The key of an operation without inputs, or of content. The same text as in BuildKit's cache
   * manifests.
   *
   * @param output the position of the output, {@link #CONTENT} for a content digest
   */
  public static String root(Digest digest, int output) {
    if (digest.algorithm().equals("random")) {
      return digest.toString();
    }
    return Digest.sha256(digest + "@" + output).toString();
  }

  /** The key of an operation with inputs, of which none is known yet. */
  static String derived(Digest digest, int output, List<String> inputs) {
    StringBuilder text = new StringBuilder("key\n").append(digest).append('@').append(output);
    for (String input : inputs) {
      text.append('\n').append(input);
    }
    return Digest.sha256(text.toString()).toString();
  }
}
