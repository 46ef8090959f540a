package dev.gatehouse.solver.worker.source.git;

import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.source.SourceRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which version of which repository is wanted, and how.
 *
 * @param remote as git understands it, without fragment
 * @param ref branch, tag, full reference or commit; empty for the default branch
 * @param checksum the beginning of the object's name that must be found; may be empty
 * @param subdir directory inside the repository to take; empty for all
 * @param keepGitDir whether the tree holds {@code .git}
 * @param authTokenSecret id of the secret that is a token; empty for none
 * @param authHeaderSecret id of the secret that is an Authorization header; empty for none
 * @param sshAgent id of the client's agent to use; empty for none
 * @param knownHosts content of a known_hosts file; empty: host keys are not checked
 * @param skipSubmodules whether submodules are left out
 * @param mtime {@code commit}: all files have the commit's time
 * @param fetchByCommit whether the server may be asked for the commit of the checksum itself
 */
record GitIdentifier(
    String remote,
    String ref,
    String checksum,
    String subdir,
    boolean keepGitDir,
    String authTokenSecret,
    String authHeaderSecret,
    String sshAgent,
    String knownHosts,
    boolean skipSubmodules,
    String mtime,
    boolean fetchByCommit) {
  private static final Pattern PROTOCOL = Pattern.compile("^([a-zA-Z0-9]+)://");
  private static final Set<String> PROTOCOLS = Set.of("http", "https", "ssh", "git");
  private static final Pattern SCP =
      Pattern.compile("^([a-zA-Z0-9_-]+)@([a-zA-Z0-9.-]+):(.*?)(?:\\?(.*?))?(?:#(.*))?$");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
  private static final Pattern HEX = Pattern.compile("[a-fA-F0-9]+");
  private static final String REFUSED = "invalid git ref \"";

  static GitIdentifier of(SourceRequest request) throws SolveException {
    String url = request.reference();
    if (!isTransport(url)) {
      url = "https://" + url;
    }
    int hash = url.indexOf('#');
    String fragment = hash < 0 ? "" : url.substring(hash + 1);
    String remote = withoutQuery(hash < 0 ? url : url.substring(0, hash));
    if (SCP.matcher(url).matches() == PROTOCOL.matcher(url).find()) {
      throw invalid("invalid protocol: " + redact(remote));
    }
    int colon = fragment.indexOf(':');
    String ref = decode(colon < 0 ? fragment : fragment.substring(0, colon));
    String subdir = colon < 0 ? "" : directory(decode(fragment.substring(colon + 1)));
    Map<String, String> attributes = request.attributes();
    String full = attributes.getOrDefault("git.fullurl", "");
    if (!full.isEmpty()) {
      remote = isTransport(full) ? full : "https://" + full;
    }
    for (String key : attributes.keySet()) {
      if (key.startsWith("git.sig.")) {
        throw invalid("git source: verification of signatures is not supported");
      }
    }
    if (attributes.containsKey("git.bundle") || isTrue(attributes, "git.checkoutbundle")) {
      throw invalid("git source: bundles are not supported");
    }
    GitIdentifier identifier =
        new GitIdentifier(
            remote,
            ref,
            attributes.getOrDefault("git.checksum", ""),
            subdir,
            isTrue(attributes, "git.keepgitdir"),
            attributes.getOrDefault("git.authtokensecret", ""),
            attributes.getOrDefault("git.authheadersecret", ""),
            attributes.getOrDefault("git.mountsshsock", ""),
            attributes.getOrDefault("git.knownsshhosts", ""),
            isTrue(attributes, "git.skipsubmodules"),
            attributes.getOrDefault("git.mtime", ""),
            isTrue(attributes, "git.fetchbycommit"));
    requireSafe(identifier.ref());
    identifier.requireChecksum();
    return identifier;
  }

  private static boolean isTrue(Map<String, String> attributes, String key) {
    return "true".equals(attributes.get(key));
  }

  /** A reference is an argument of git: it must be neither an option nor several arguments. */
  static void requireSafe(String ref) throws SolveException {
    if (ref.startsWith("-") || ref.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
      throw invalid(REFUSED + ref + "\"");
    }
  }

  private void requireChecksum() throws SolveException {
    if (!checksum.isEmpty() && !HEX.matcher(checksum).matches()) {
      throw invalid("invalid checksum " + checksum + " for Git URL, expected hex commit hash");
    }
    if (isCommit(ref) && !checksum.isEmpty() && !ref.startsWith(checksum)) {
      throw invalid("expected checksum to match " + checksum + ", got " + ref);
    }
    if (fetchByCommit && !isCommit(ref)) {
      if (checksum.isEmpty()) {
        throw invalid("fetch-by-commit requires a checksum or a commit SHA ref");
      }
      if (!isCommit(checksum)) {
        throw invalid(
            "fetch-by-commit requires a full commit SHA checksum, got \"" + checksum + "\"");
      }
    }
  }

  static SolveException invalid(String message) {
    return new SolveException("source.git.invalid", ErrorCategory.USER, message);
  }

  /** Whether a text is the full name of an object. */
  static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }

  private static boolean isTransport(String url) {
    Matcher protocol = PROTOCOL.matcher(url);
    return protocol.find()
        ? PROTOCOLS.contains(protocol.group(1).toLowerCase(Locale.ROOT))
        : SCP.matcher(url).matches();
  }

  private static String withoutQuery(String url) {
    int query = url.indexOf('?');
    return query < 0 ? url : url.substring(0, query);
  }

  private static String decode(String text) throws SolveException {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new SolveException(
          "source.git.invalid", ErrorCategory.USER, "invalid URL escape in " + text, e);
    }
  }

  private static String directory(String text) {
    return Path.of("/", text).normalize().toString().substring(1);
  }

  /** The host of the remote with its port; secrets may be named after it. */
  String host() {
    Matcher scp = SCP.matcher(remote);
    if (PROTOCOL.matcher(remote).find()) {
      String rest = remote.substring(remote.indexOf("://") + 3);
      int slash = rest.indexOf('/');
      String authority = slash < 0 ? rest : rest.substring(0, slash);
      return authority.substring(authority.lastIndexOf('@') + 1);
    }
    return scp.matches() ? scp.group(2) : "";
  }

  /** The remote without user and password. */
  String redactedRemote() {
    return redact(remote);
  }

  static String redact(String url) {
    int start = url.indexOf("://");
    if (start < 0) {
      return url;
    }
    int slash = url.indexOf('/', start + 3);
    String authority = slash < 0 ? url.substring(start + 3) : url.substring(start + 3, slash);
    int at = authority.lastIndexOf('@');
    if (at <= 0) {
      return url;
    }
    String user = authority.substring(0, at).contains(":") ? "xxxxx:xxxxx" : "xxxxx";
    return url.substring(0, start + 3)
        + user
        + authority.substring(at)
        + (slash < 0 ? "" : url.substring(slash));
  }

  /** The key that BuildKit gives to a checkout of that object. */
  String cacheKey(String object, String usedRef) {
    StringBuilder key = new StringBuilder(object);
    if (keepGitDir) {
      key.append(".git");
      if (!usedRef.isEmpty()) {
        key.append('#').append(usedRef);
      }
    }
    if (!subdir.isEmpty()) {
      key.append(':').append(subdir);
    }
    if (skipSubmodules) {
      key.append("(skip-submodules)");
    }
    if (!mtime.isEmpty() && !mtime.equals("checkout")) {
      key.append("(mtime=").append(mtime).append(')');
    }
    return key.toString();
  }
}
