package dev.gatehouse.frontend.kit;

import dev.gatehouse.llb.GitUrl;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A git repository named in a build: {@code https://host/path.git#ref:folder}, {@code
 * git@host:path}, with query parameters for more.
 *
 * @param remote the address as git takes it
 * @param ref branch, tag or commit; empty for the default branch
 * @param checksum the commit that is required; empty if none
 * @param directory the folder that is taken; empty for all
 * @param likeLocalPath whether it is written {@code github.com/...}, which could be a path as well
 * @param keepGitDirectory null if not said
 * @param submodules null if not said
 * @param mtime {@code checkout}, {@code commit} or empty
 * @param fetchByCommit whether the checksum is fetched without a look at the ref
 */
public record GitReference(
    String remote,
    String ref,
    String checksum,
    String directory,
    boolean likeLocalPath,
    @Nullable Boolean keepGitDirectory,
    @Nullable Boolean submodules,
    String mtime,
    boolean fetchByCommit) {

  /**
   * Reads a reference.
   *
   * @return nothing if the text names no git repository, but a path or another URL
   * @throws IllegalArgumentException if it does and is wrong
   */
  public static Optional<GitReference> parse(String text) {
    if (text.startsWith("./") || text.startsWith("../")) {
      return Optional.empty();
    }
    boolean likeLocalPath = text.startsWith("github.com/");
    Optional<GitUrl> parsed;
    try {
      parsed = GitUrl.parse(likeLocalPath ? "https://" + text : text);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (parsed.isEmpty()) {
      return Optional.empty();
    }
    GitUrl url = parsed.get();
    boolean http = url.scheme().equals("http") || url.scheme().equals("https");
    if (!likeLocalPath && http && !url.path().endsWith(".git")) {
      return Optional.empty();
    }
    String remote =
        likeLocalPath ? url.remote().substring(url.remote().indexOf("://") + 3) : url.remote();
    Query query = new Query(url.fragmentRef(), url.fragmentDirectory());
    query.read(url.query());
    return Optional.of(
        new GitReference(
            remote,
            query.ref,
            query.checksum,
            query.directory,
            likeLocalPath,
            query.keepGitDirectory,
            query.submodules,
            query.mtime,
            query.fetchByCommit));
  }

  /** Whether the text names a git repository, rightly or wrongly. */
  public static boolean isGit(String text) {
    try {
      return parse(text).isPresent();
    } catch (IllegalArgumentException e) {
      return true;
    }
  }

  private static final class Query {
    private String ref;
    private String directory;
    private String checksum = "";
    private String mtime = "";
    private boolean fetchByCommit;
    private @Nullable Boolean keepGitDirectory;
    private @Nullable Boolean submodules;

    Query(String ref, String directory) {
      this.ref = ref;
      this.directory = directory;
    }

    void read(Map<String, List<String>> query) {
      String tag = "";
      String branch = "";
      for (Map.Entry<String, List<String>> entry : query.entrySet()) {
        String key = entry.getKey();
        if (entry.getValue().size() > 1) {
          throw new IllegalArgumentException(
              "query " + GoValues.quote(key) + " has multiple values");
        }
        String value = entry.getValue().get(0);
        if (value.isEmpty()
            && !key.equals("submodules")
            && !key.equals("keep-git-dir")
            && !key.equals("fetch-by-commit")) {
          throw new IllegalArgumentException("query " + GoValues.quote(key) + " has no value");
        }
        switch (key) {
          case "ref" -> ref = agreed("ref", ref, value);
          case "tag" -> tag = value;
          case "branch" -> branch = value;
          case "subdir" -> directory = agreed("subdir", directory, value);
          case "checksum", "commit" -> checksum = value;
          case "keep-git-dir" -> keepGitDirectory = flag(key, value);
          case "submodules" -> submodules = flag(key, value);
          case "fetch-by-commit" -> fetchByCommit = flag(key, value);
          case "mtime" -> {
            if (!value.equals("checkout") && !value.equals("commit")) {
              throw new IllegalArgumentException(
                  "invalid mtime value: "
                      + GoValues.quote(value)
                      + " (must be \"checkout\" or \"commit\")");
            }
            mtime = value;
          }
          default -> throw new IllegalArgumentException("unexpected query " + GoValues.quote(key));
        }
      }
      if (!tag.isEmpty()) {
        ref = agreed("ref", ref, tag.startsWith("refs/tags/") ? tag : "refs/tags/" + tag);
      }
      if (!branch.isEmpty()) {
        if (!tag.isEmpty()) {
          throw new IllegalArgumentException("branch conflicts with tag");
        }
        ref =
            agreed("ref", ref, branch.startsWith("refs/heads/") ? branch : "refs/heads/" + branch);
      }
    }

    private static String agreed(String what, String known, String value) {
      if (!known.isEmpty() && !known.equals(value)) {
        throw new IllegalArgumentException(
            what + " conflicts: " + GoValues.quote(known) + " vs " + GoValues.quote(value));
      }
      return value;
    }

    private static boolean flag(String key, String value) {
      if (value.isEmpty()) {
        return true;
      }
      return GoValues.parseBoolean(value)
          .orElseThrow(() ->
              new IllegalArgumentException("invalid " + key + " value: " + GoValues.quote(value)));
    }
  }
}
