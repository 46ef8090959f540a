package dev.gatehouse.solver.worker.registry;

import java.net.http.HttpClient;
import java.util.Locale;

/**
 * One endpoint that may be asked for a repository: the registry itself, or a mirror of it.
 *
 * @param host name with optional port, as it stands in URLs
 * @param path before the repository, {@code /v2} or below
 * @param mirror whether it only mirrors another registry
 * @param plainHttp whether to speak HTTP
 * @param mayFallBack whether to speak HTTP after TLS was refused
 */
record RegistryHost(
    String host,
    String path,
    boolean mirror,
    boolean plainHttp,
    boolean mayFallBack,
    HttpClient client) {

  String url(boolean http) {
    return (http ? "http://" : "https://") + host + path;
  }

  /** Whether a host is this machine, to which registries speak HTTP unless said otherwise. */
  static boolean isLocalhost(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    if (name.startsWith("[")) {
      int end = name.indexOf(']');
      return end > 0
          && (name.substring(1, end).equals("::1")
              || name.substring(1, end).equals("0:0:0:0:0:0:0:1"));
    }
    int colon = name.indexOf(':');
    if (colon >= 0) {
      name = name.substring(0, colon);
    }
    return name.equals("localhost") || name.matches("127\\.[0-9]+\\.[0-9]+\\.[0-9]+");
  }
}
