package dev.gatehouse.host;

import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.solver.worker.image.ImageName;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which images may be frontends: {@code allowedRepositories} of BuildKit's configuration. An entry
 * names a repository in any of the forms that people write, its tag does not count; one with a
 * digest, which BuildKit has not, allows that image alone.
 */
final class AllowedSources {
  /** Digests by repository; an empty set allows the whole repository. */
  private final Map<String, Set<String>> repositories = new HashMap<>();

  /**
   * @param entries none allow everything
   * @throws IllegalArgumentException if an entry is no image name
   */
  AllowedSources(List<String> entries) {
    for (String entry : entries) {
      ImageName name = ImageName.parseWithoutDefaultTag(entry);
      String repository = name.repository();
      Set<String> digests = repositories.get(repository);
      if (name.digest().isEmpty()) {
        repositories.put(repository, Set.of());
      } else if (digests == null || !digests.isEmpty()) {
        repositories
            .computeIfAbsent(repository, r -> new HashSet<>())
            .add(name.digest().get().toString());
      }
    }
  }

  /** Refuses a repository of which nothing is allowed, before anybody is asked for the image. */
  void check(String source, ImageName name) throws FrontendException {
    if (!repositories.isEmpty() && !repositories.containsKey(name.repository())) {
      throw refusal(
          source,
          "the daemon's administrator must add %s to frontend.\"gateway.v0\".allowedRepositories in buildkitd.toml"
              .formatted(name.repository()));
    }
  }

  /** Refuses an image where only others of its repository are allowed. */
  void check(String source, ImageName name, String digest) throws FrontendException {
    check(source, name);
    Set<String> digests = repositories.getOrDefault(name.repository(), Set.of());
    if (!digests.isEmpty() && !digests.contains(digest)) {
      throw refusal(
          source,
          "it is %s; the daemon's administrator must add %s@%s to frontend.\"gateway.v0\".allowedRepositories in buildkitd.toml"
              .formatted(digest, name.repository(), digest));
    }
  }

  /**
   * Refuses a frontend that comes out of no repository, where only some repositories may be used.
   */
  void checkContext(String source, String context) throws FrontendException {
    if (!repositories.isEmpty()) {
      throw refusal(
          source,
          "the build takes it from "
              + context
              + ", but the daemon's administrator names in frontend.\"gateway.v0\".allowedRepositories"
              + " of buildkitd.toml what may be used");
    }
  }

  private static FrontendException refusal(String source, String hint) {
    return FrontendException.builder(
            Category.ENVIRONMENT, "'" + source + "' is not an allowed gateway source")
        .status(StatusCode.PERMISSION_DENIED)
        .code("frontend.not-allowed")
        .hint(hint)
        .detail(new ErrorDetail.Frontend(FrontendHost.GATEWAY, source))
        .build();
  }
}
