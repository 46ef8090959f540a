package dev.gatehouse.llb;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Collects what a git repository is checked out with.
 *
 * <p>BuildKit's Go client asks an ssh host for its key while it builds the graph. This one makes no
 * connection: keys that are to be trusted are given by {@link #knownSshHosts(String)}.
 */
public final class GitSource {
  private final String url;
  private final Optional<GitUrl> parsed;
  private String ref = "";
  private String directory = "";
  private String checksum = "";
  private boolean keepGitDirectory;
  private boolean skipSubmodules;
  private String mtime = "";
  private boolean fetchByCommit;
  private String bundle = "";
  private String bundleSessionId = "";
  private String bundleStoreId = "";
  private boolean checkoutBundle;
  private String authTokenSecret = "GIT_AUTH_TOKEN";
  private String authHeaderSecret = "GIT_AUTH_HEADER";
  private boolean authRequired;
  private String knownSshHosts = "";
  private String sshSocket = "";
  private Constraints constraints = Constraints.NONE;

  private GitSource(String url, Optional<GitUrl> parsed) {
    this.url = parsed.map(GitUrl::remote).orElse(url);
    this.parsed = parsed;
  }

  /**
   * A repository by its URL, by {@code user@host:path}, or by host and path, for which https is
   * meant.
   */
  public static GitSource of(String url) {
    try {
      Optional<GitUrl> parsed = GitUrl.parse(url);
      return parsed.isPresent()
          ? new GitSource(url, parsed)
          : new GitSource("https://" + url, GitUrl.parse("https://" + url));
    } catch (IllegalArgumentException e) {
      return new GitSource(url, Optional.empty());
    }
  }

  /** The branch, tag or commit; empty for the default branch. */
  public GitSource ref(String ref) {
    this.ref = ref;
    return this;
  }

  /** The folder of the repository that is taken. */
  public GitSource directory(String directory) {
    this.directory = directory;
    return this;
  }

  /** Requires that the commit begins with this. */
  public GitSource checksum(String checksum) {
    this.checksum = checksum;
    return this;
  }

  public GitSource keepGitDirectory(boolean keep) {
    this.keepGitDirectory = keep;
    return this;
  }

  public GitSource skipSubmodules(boolean skip) {
    this.skipSubmodules = skip;
    return this;
  }

  /** The time that files bear: {@code checkout} or {@code commit}; empty for the former. */
  public GitSource mtime(String mtime) {
    this.mtime = mtime;
    return this;
  }

  /** Fetches the commit of the checksum without a look at where the ref points. */
  public GitSource fetchByCommit(boolean fetchByCommit) {
    this.fetchByCommit = fetchByCommit;
    return this;
  }

  /** Takes the history from a git bundle in a blob. */
  public GitSource bundle(String locator, String sessionId, String storeId) {
    this.bundle = locator;
    this.bundleSessionId = sessionId;
    this.bundleStoreId = storeId;
    return this;
  }

  /** Makes a git bundle in place of a work tree. */
  public GitSource checkoutBundle(boolean checkoutBundle) {
    this.checkoutBundle = checkoutBundle;
    return this;
  }

  /** The id of the secret that holds a token. */
  public GitSource authTokenSecret(String id) {
    this.authTokenSecret = id;
    this.authRequired = true;
    return this;
  }

  /** The id of the secret that holds an Authorization header. */
  public GitSource authHeaderSecret(String id) {
    this.authHeaderSecret = id;
    this.authRequired = true;
    return this;
  }

  /** Adds a line of a known_hosts file. */
  public GitSource knownSshHosts(String line) {
    this.knownSshHosts +=
        (line.endsWith("\n") ? line.substring(0, line.length() - 1) : line) + "\n";
    return this;
  }

  /** The id of the SSH agent of the client. */
  public GitSource sshSocket(String id) {
    this.sshSocket = id;
    return this;
  }

  public GitSource constraints(Constraints constraints) {
    this.constraints = constraints;
    return this;
  }

  public State state() {
    Map<String, String> attributes = new TreeMap<>();
    Constraints c = constraints.withCapability(Capability.SOURCE_GIT);
    String id = url;
    if (parsed.isPresent()) {
      GitUrl remote = parsed.get();
      id = remote.host() + SlashPath.join("/", remote.path());
      if (!ref.isEmpty() || !directory.isEmpty()) {
        id += "#" + ref + (directory.isEmpty() ? "" : ":" + directory);
      }
    }
    if (keepGitDirectory) {
      attributes.put("git.keepgitdir", "true");
      c = c.withCapability(Capability.SOURCE_GIT_KEEP_DIR);
    }
    if (!url.isEmpty()) {
      attributes.put("git.fullurl", url);
      c = c.withCapability(Capability.SOURCE_GIT_FULL_URL);
    }
    if (!authTokenSecret.isEmpty()) {
      attributes.put("git.authtokensecret", authTokenSecret);
    }
    if (!authHeaderSecret.isEmpty()) {
      attributes.put("git.authheadersecret", authHeaderSecret);
    }
    if (authRequired && !(authTokenSecret.isEmpty() && authHeaderSecret.isEmpty())) {
      c = c.withCapability(Capability.SOURCE_GIT_HTTP_AUTH);
    }
    if (parsed.isPresent() && parsed.get().scheme().equals("ssh")) {
      if (!knownSshHosts.isEmpty()) {
        attributes.put("git.knownsshhosts", knownSshHosts);
      }
      attributes.put("git.mountsshsock", sshSocket.isEmpty() ? "default" : sshSocket);
      c =
          c.withCapability(
              Capability.SOURCE_GIT_KNOWN_SSH_HOSTS, Capability.SOURCE_GIT_MOUNT_SSH_SOCK);
    }
    if (!checksum.isEmpty()) {
      attributes.put("git.checksum", checksum);
      c = c.withCapability(Capability.SOURCE_GIT_CHECKSUM);
    }
    if (skipSubmodules) {
      attributes.put("git.skipsubmodules", "true");
      c = c.withCapability(Capability.SOURCE_GIT_SKIP_SUBMODULES);
    }
    if (!mtime.isEmpty()) {
      attributes.put("git.mtime", mtime);
      c = c.withCapability(Capability.SOURCE_GIT_MTIME);
    }
    if (fetchByCommit) {
      attributes.put("git.fetchbycommit", "true");
      c = c.withCapability(Capability.SOURCE_GIT_FETCH_BY_COMMIT);
    }
    if (!bundle.isEmpty()) {
      attributes.put("git.bundle", bundle);
      c = c.withCapability(Capability.SOURCE_GIT_BUNDLE);
    }
    if (!bundleSessionId.isEmpty()) {
      attributes.put("oci.session", bundleSessionId);
    }
    if (!bundleStoreId.isEmpty()) {
      attributes.put("oci.store", bundleStoreId);
    }
    if (checkoutBundle) {
      attributes.put("git.checkoutbundle", "true");
      c = c.withCapability(Capability.SOURCE_GIT_CHECKOUT_BUNDLE);
    }
    return SourceVertex.state("git://" + id, attributes, c);
  }
}
