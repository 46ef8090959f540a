package dev.gatehouse.solver.worker.registry;

import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/**
 * All registries, and how each is configured. Keeps connections and tokens; one for a worker, safe
 * for many threads.
 *
 * <p>A registry without configuration is reached by HTTPS, one on this machine by HTTP. {@code
 * docker.io} is asked at {@code registry-1.docker.io}. Mirrors are asked first when pulling, in
 * order, and never pushed to.
 */
public final class Registries implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);

  private final Map<String, RegistryConfig> configs;
  private final Authorizer authorizer;
  private final Duration firstPause;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<ClientKey, HttpClient> clients = new ConcurrentHashMap<>();

  private record ClientKey(String host, boolean insecure) {}

  /**
   * @param configs by host, as {@code buildkitd.toml} names them ({@code docker.io})
   * @param local credentials of the daemon itself, asked where no session has any
   */
  public Registries(Map<String, RegistryConfig> configs, Credentials local) {
    this(configs, local, Duration.ofMillis(500));
  }

  /**
   * @param firstPause how long to wait before a second attempt; doubled before each further one
   */
  Registries(Map<String, RegistryConfig> configs, Credentials local, Duration firstPause) {
    this.configs = Map.copyOf(configs);
    this.authorizer = new Authorizer(local);
    this.firstPause = firstPause;
  }

  /** A repository as the clients of these sessions may see it. */
  public Repository repository(ImageName name, SessionGroup sessions) throws IOException {
    return new Repository(
        name,
        hosts(name.domain(), true),
        hosts(name.domain(), false),
        authorizer,
        sessions,
        firstPause);
  }

  /** A repository of a registry whose certificates are not verified, and which may speak HTTP. */
  public Repository insecureRepository(ImageName name, SessionGroup sessions) throws IOException {
    String host = hostOf(name.domain());
    RegistryConfig insecure =
        new RegistryConfig(
            List.of(),
            Optional.of(true),
            Optional.of(true),
            config(name.domain()).rootCas(),
            config(name.domain()).keyPairs(),
            config(name.domain()).tlsConfigDirs());
    List<RegistryHost> hosts = List.of(host(host, host, "/v2", false, insecure));
    return new Repository(name, hosts, hosts, authorizer, sessions, firstPause);
  }

  private List<RegistryHost> hosts(String domain, boolean pull) throws IOException {
    List<RegistryHost> hosts = new ArrayList<>();
    RegistryConfig config = config(domain);
    if (pull) {
      for (String mirror : config.mirrors()) {
        String rest = mirror;
        int scheme = rest.indexOf("://");
        rest = scheme >= 0 ? rest.substring(scheme + 3) : rest;
        int slash = rest.indexOf('/');
        String host = slash < 0 ? rest : rest.substring(0, slash);
        String path = slash < 0 ? "" : rest.substring(slash).replaceAll("/+$", "");
        hosts.add(host(host, host, "/v2" + path, true, config(host)));
      }
    }
    hosts.add(host(domain, hostOf(domain), "/v2", false, config));
    return hosts;
  }

  private RegistryConfig config(String domain) {
    return configs.getOrDefault(domain, RegistryConfig.DEFAULT);
  }

  private static String hostOf(String domain) {
    return domain.equals("docker.io") ? "registry-1.docker.io" : domain;
  }

  private RegistryHost host(
      String domain, String host, String path, boolean mirror, RegistryConfig config)
      throws IOException {
    boolean http = config.plainHttp().orElse(RegistryHost.isLocalhost(host));
    boolean insecure = config.insecure().orElse(false);
    return new RegistryHost(
        host, path, mirror, http && !insecure, insecure && http, client(domain, config));
  }

  private HttpClient client(String domain, RegistryConfig config) throws IOException {
    ClientKey key = new ClientKey(domain, config.insecure().orElse(false));
    HttpClient there = clients.get(key);
    if (there != null) {
      return there;
    }
    SSLContext tls = TlsSettings.context(config);
    HttpClient.Builder b =
        HttpClient.newBuilder()
            // One stream a connection: HTTP/2's flow control would throttle layers.
            .version(HttpClient.Version.HTTP_1_1)
            // Redirects are followed by hand: the JDK would send credentials along to other hosts.
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(new EnvironmentProxy(System.getenv()))
            .connectTimeout(CONNECT_TIMEOUT)
            .executor(executor);
    if (tls != null) {
      b.sslContext(tls);
    }
    HttpClient made = b.build();
    HttpClient before = clients.putIfAbsent(key, made);
    if (before != null) {
      made.close();
      return before;
    }
    return made;
  }

  @Override
  public void close() {
    clients.values().forEach(HttpClient::shutdownNow);
    executor.shutdownNow();
  }
}
