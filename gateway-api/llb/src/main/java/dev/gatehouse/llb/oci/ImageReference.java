package dev.gatehouse.llb.oci;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of an image in a registry, with the default registry filled in: {@code alpine} is {@code
 * docker.io/library/alpine}.
 *
 * @param domain host and port of the registry
 * @param path repository within it
 * @param tag empty if none
 * @param digest null if none
 */
public record ImageReference(String domain, String path, String tag, @Nullable Digest digest) {
  private static final String DEFAULT_DOMAIN = "docker.io";
  private static final String OFFICIAL = "library/";
  private static final int MAX_NAME = 255;

  private static final String DOMAIN_COMPONENT = "[a-zA-Z0-9]++(?:-++[a-zA-Z0-9]++)*+";
  private static final String DOMAIN =
      "(?:"
          + DOMAIN_COMPONENT
          + "(?:\\."
          + DOMAIN_COMPONENT
          + ")*+|\\[[a-fA-F0-9:]++\\])(?::[0-9]++)?";
  private static final String PATH_COMPONENT = "[a-z0-9]++(?:(?:__|[._]|-++)[a-z0-9]++)*+";
  private static final String PATH = PATH_COMPONENT + "(?:/" + PATH_COMPONENT + ")*+";
  private static final Pattern REFERENCE =
      Pattern.compile(
          "("
              + DOMAIN
              + ")/("
              + PATH
              + ")(?::([\\w][\\w.-]{0,127}))?"
              + "(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?");
  private static final Pattern IDENTIFIER = Pattern.compile("[a-f0-9]{64}");

  /**
   * Reads a name as people write it.
   *
   * @throws IllegalArgumentException with the reason if it is none
   */
  public static ImageReference parse(String text) {
    if (IDENTIFIER.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "invalid repository name (" + text + "), cannot specify 64-byte hexadecimal strings");
    }
    String domain = DEFAULT_DOMAIN;
    String remainder = text;
    int slash = text.indexOf('/');
    if (slash >= 0) {
      String first = text.substring(0, slash);
      if (first.equals("localhost")
          || first.contains(".")
          || first.contains(":")
          || !first.toLowerCase(Locale.ROOT).equals(first)) {
        domain = first.equals("index.docker.io") ? DEFAULT_DOMAIN : first;
        remainder = text.substring(slash + 1);
      }
    }
    if (domain.equals(DEFAULT_DOMAIN) && !remainder.contains("/")) {
      remainder = OFFICIAL + remainder;
    }
    int colon = remainder.indexOf(':');
    String remote = colon < 0 ? remainder : remainder.substring(0, colon);
    if (!remote.toLowerCase(Locale.ROOT).equals(remote)) {
      throw new IllegalArgumentException(
          "invalid reference format: repository name (" + remote + ") must be lowercase");
    }
    String full = domain + "/" + remainder;
    Matcher matcher = REFERENCE.matcher(full);
    if (!matcher.matches()) {
      if (REFERENCE.matcher(full.toLowerCase(Locale.ROOT)).matches()) {
        throw new IllegalArgumentException("repository name must be lowercase");
      }
      throw new IllegalArgumentException("invalid reference format");
    }
    String path = matcher.group(2);
    if (path.length() > MAX_NAME) {
      throw new IllegalArgumentException(
          "repository name must not be more than " + MAX_NAME + " characters");
    }
    String tag = matcher.group(3);
    String digest = matcher.group(4);
    return new ImageReference(
        matcher.group(1), path, tag == null ? "" : tag, digest == null ? null : new Digest(digest));
  }

  /** The reference that the text names, or nothing if it names none. */
  public static Optional<ImageReference> tryParse(String text) {
    try {
      return Optional.of(parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Registry and repository. */
  public String name() {
    return domain + "/" + path;
  }

  /** The same with the tag {@code latest} if it has neither tag nor digest. */
  public ImageReference withDefaultTag() {
    return tag.isEmpty() && digest == null
        ? new ImageReference(domain, path, "latest", null)
        : this;
  }

  /** The same with that digest. */
  public ImageReference withDigest(Digest digest) {
    return new ImageReference(domain, path, tag, digest);
  }

  /** The short form: {@code alpine:3.20}. */
  public String familiar() {
    String name = name();
    if (domain.equals(DEFAULT_DOMAIN)) {
      name = path;
      if (path.startsWith(OFFICIAL) && path.indexOf('/', OFFICIAL.length()) < 0) {
        name = path.substring(OFFICIAL.length());
      }
    }
    return name + suffix();
  }

  private String suffix() {
    return (tag.isEmpty() ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
  }

  /** The full form: {@code docker.io/library/alpine:3.20}. */
  @Override
  public String toString() {
    return name() + suffix();
  }
}
