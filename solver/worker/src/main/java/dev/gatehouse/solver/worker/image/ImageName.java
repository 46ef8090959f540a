package dev.gatehouse.solver.worker.image;

import dev.gatehouse.solver.core.Digest;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A normalised image reference: {@code alpine} is {@code docker.io/library/alpine:latest}.
 *
 * @param domain host with optional port; {@code docker.io} for Docker Hub under any of its names
 * @param path of the repository, {@code library/alpine}
 * @param tag empty if there is only a digest
 * @param digest empty if the tag decides
 */
public record ImageName(String domain, String path, Optional<String> tag, Optional<Digest> digest) {
  private static final String LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
  private static final Pattern DOMAIN =
      Pattern.compile("(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?");
  private static final Pattern PATH =
      Pattern.compile(
          "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*");
  private static final Pattern TAG = Pattern.compile("\\w[\\w.-]{0,127}", Pattern.UNICODE_CASE);
  private static final int MAX_NAME = 255;

  /**
   * Reads a reference as people write it; without tag and digest the tag is {@code latest}.
   *
   * @throws IllegalArgumentException with the reason if it is none
   */
  public static ImageName parse(String reference) {
    ImageName name = parseWithoutDefaultTag(reference);
    if (name.tag.isEmpty() && name.digest.isEmpty()) {
      return new ImageName(name.domain, name.path, Optional.of("latest"), Optional.empty());
    }
    return name;
  }

  /** Reads a reference and adds no tag to one that has none. */
  public static ImageName parseWithoutDefaultTag(String reference) {
    String rest = reference;
    Optional<Digest> digest = Optional.empty();
    int at = rest.indexOf('@');
    if (at >= 0) {
      try {
        digest = Optional.of(Digest.parse(rest.substring(at + 1)));
      } catch (IllegalArgumentException e) {
        throw invalid(reference, "invalid reference format");
      }
      rest = rest.substring(0, at);
    }
    if (digest.isEmpty() && Pattern.matches("[a-f0-9]{64}", rest)) {
      throw new IllegalArgumentException(
          "invalid repository name (" + rest + "), cannot specify 64-byte hexadecimal strings");
    }
    int slash = rest.indexOf('/');
    String first = slash < 0 ? "" : rest.substring(0, slash);
    boolean hasDomain =
        slash >= 0
            && (first.contains(".")
                || first.contains(":")
                || first.equals("localhost")
                || hasUpperCase(first));
    String domain = hasDomain ? first : "docker.io";
    String path = hasDomain ? rest.substring(slash + 1) : rest;
    if (domain.equals("index.docker.io")) {
      domain = "docker.io";
    }
    Optional<String> tag = Optional.empty();
    int colon = path.lastIndexOf(':');
    if (colon >= 0 && path.indexOf('/', colon) < 0) {
      tag = Optional.of(path.substring(colon + 1));
      path = path.substring(0, colon);
    }
    if (domain.equals("docker.io") && path.indexOf('/') < 0 && !path.isEmpty()) {
      path = "library/" + path;
    }
    if (hasUpperCase(path)) {
      throw invalid(
          reference, "invalid reference format: repository name (" + path + ") must be lowercase");
    }
    if (!DOMAIN.matcher(domain).matches()
        || !PATH.matcher(path).matches()
        || tag.isPresent() && !TAG.matcher(tag.get()).matches()) {
      throw invalid(reference, "invalid reference format");
    }
    if (domain.length() + 1 + path.length() > MAX_NAME) {
      throw invalid(reference, "repository name must not be more than 255 characters");
    }
    return new ImageName(domain, path, tag, digest);
  }

  private static IllegalArgumentException invalid(String reference, String why) {
    return new IllegalArgumentException("failed to parse \"" + reference + "\": " + why);
  }

  private static boolean hasUpperCase(String s) {
    return s.chars().anyMatch(c -> c >= 'A' && c <= 'Z');
  }

  /** The repository with its host: {@code docker.io/library/alpine}. */
  public String repository() {
    return domain + "/" + path;
  }

  /** What a registry is asked for: the digest, or else the tag. */
  public String object() {
    return digest.map(Digest::toString).or(() -> tag).orElse("latest");
  }

  public ImageName withDigest(Digest digest) {
    return new ImageName(domain, path, tag, Optional.of(digest));
  }

  /** The whole reference: {@code docker.io/library/alpine:3@sha256:...}. */
  @Override
  public String toString() {
    return repository() + tag.map(t -> ":" + t).orElse("") + digest.map(d -> "@" + d).orElse("");
  }
}
