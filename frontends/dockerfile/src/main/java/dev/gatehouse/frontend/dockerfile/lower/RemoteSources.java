package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.kit.GitReference;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.GitSource;
import dev.gatehouse.llb.HttpSource;
import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.Digest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The sources of ADD that are not files of the build: URLs and git repositories. */
final class RemoteSources {
  /**
   * What ADD says of its sources.
   *
   * @param checksum digest or commit; empty if not said
   * @param keepGitDirectory null if not said
   * @param unpack null if not said
   */
  record Wishes(String checksum, @Nullable Boolean keepGitDirectory, @Nullable Boolean unpack) {
    static final Wishes NONE = new Wishes("", null, null);
  }

  /** A source, and the path in it that is copied. */
  record Remote(State state, String path, boolean unpack) {}

  private final boolean add;
  private final String stepName;
  private final boolean unpack;
  private String checksum;
  private @Nullable Boolean keepGitDirectory;

  RemoteSources(boolean add, Wishes wishes, String stepName) {
    this.add = add;
    this.stepName = stepName;
    this.unpack = Boolean.TRUE.equals(wishes.unpack());
    this.checksum = wishes.checksum();
    this.keepGitDirectory = wishes.keepGitDirectory();
  }

  static boolean isHttp(String source) {
    return (source.startsWith("http://") || source.startsWith("https://"))
        && !GitReference.isGit(source);
  }

  /** The name of the file that a URL brings. */
  static String filename(String url) {
    int start = url.indexOf("://") + 3;
    int end = url.length();
    for (char c : new char[] {'?', '#'}) {
      int at = url.indexOf(c);
      end = at < 0 ? end : Math.min(end, at);
    }
    int slash = url.indexOf('/', start);
    if (slash < 0 || slash >= end) {
      return "__unnamed__";
    }
    String path;
    try {
      path =
          URLDecoder.decode(url.substring(slash, end).replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // A URL that cannot be read has no file name; the download will say what is wrong with it.
      return "__unnamed__";
    }
    String base = SlashPath.base(path);
    return base.equals(".") || base.equals("/") ? "__unnamed__" : base;
  }

  /** The source if it is a URL or repository; nothing if it is a path. */
  Optional<Remote> find(String source) throws DockerfileException {
    Optional<GitReference> git;
    try {
      git = GitReference.parse(source);
    } catch (IllegalArgumentException e) {
      throw new DockerfileException(String.valueOf(e.getMessage()), e);
    }
    if (git.isPresent() && !git.get().likeLocalPath()) {
      if (!add) {
        throw new DockerfileException("source can't be a git ref for COPY")
            .withHint("ADD takes git repositories");
      }
      return Optional.of(new Remote(repository(git.get()), "/", false));
    }
    if (!isHttp(source)) {
      return Optional.empty();
    }
    if (!add) {
      throw new DockerfileException("source can't be a URL for COPY").withHint("ADD takes URLs");
    }
    String file = filename(source);
    HttpSource http =
        HttpSource.of(source)
            .filename(file)
            .constraints(
                Constraints.builder().name(stepName).description(Steps.COMMAND, "").build());
    if (!checksum.isEmpty()) {
      try {
        http.checksum(new Digest(checksum));
      } catch (IllegalArgumentException e) {
        throw new DockerfileException(String.valueOf(e.getMessage()), e)
            .withHint("a checksum is written sha256: and 64 hex digits");
      }
    }
    return Optional.of(new Remote(http.state(), file, unpack));
  }

  private State repository(GitReference git) throws DockerfileException {
    if (git.keepGitDirectory() != null) {
      if (keepGitDirectory != null && !keepGitDirectory.equals(git.keepGitDirectory())) {
        throw new DockerfileException("inconsistent keep-git-dir configuration")
            .withHint("the flag and the query of the URL say different things");
      }
      keepGitDirectory = git.keepGitDirectory();
    }
    if (!git.checksum().isEmpty()) {
      if (!checksum.isEmpty() && !checksum.equals(git.checksum())) {
        throw new DockerfileException(
            "checksum mismatch " + GoText.quote(checksum) + " != " + GoText.quote(git.checksum()));
      }
      checksum = git.checksum();
    }
    return GitSource.of(git.remote())
        .ref(git.ref())
        .directory(git.directory())
        .checksum(checksum)
        .keepGitDirectory(Boolean.TRUE.equals(keepGitDirectory))
        .skipSubmodules(Boolean.FALSE.equals(git.submodules()))
        .fetchByCommit(git.fetchByCommit())
        .constraints(Constraints.builder().name(stepName).build())
        .state();
  }
}
