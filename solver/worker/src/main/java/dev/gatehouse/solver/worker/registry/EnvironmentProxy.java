package dev.gatehouse.solver.worker.registry;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Proxies as the environment names them: {@code HTTP_PROXY}, {@code HTTPS_PROXY}, {@code NO_PROXY},
 * in either case.
 */
public final class EnvironmentProxy extends ProxySelector {
  private final Map<String, String> environment;

  public EnvironmentProxy(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public List<Proxy> select(URI uri) {
    String host = uri.getHost();
    if (host == null || RegistryHost.isLocalhost(host) || isExcluded(host)) {
      return List.of(Proxy.NO_PROXY);
    }
    Optional<String> proxy =
        variable(uri.getScheme().equals("https") ? "HTTPS_PROXY" : "HTTP_PROXY");
    if (proxy.isEmpty()) {
      return List.of(Proxy.NO_PROXY);
    }
    String text = proxy.get().contains("://") ? proxy.get() : "http://" + proxy.get();
    URI at = URI.create(text);
    if (at.getHost() == null) {
      return List.of(Proxy.NO_PROXY);
    }
    int port = at.getPort() >= 0 ? at.getPort() : at.getScheme().equals("https") ? 443 : 80;
    return List.of(
        new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(at.getHost(), port)));
  }

  private boolean isExcluded(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    for (String entry : variable("NO_PROXY").orElse("").split(",")) {
      String e = entry.trim().toLowerCase(Locale.ROOT);
      if (e.equals("*") || e.equals(name)) {
        return true;
      }
      String suffix = e.startsWith(".") ? e : "." + e;
      if (!e.isEmpty() && name.endsWith(suffix)) {
        return true;
      }
    }
    return false;
  }

  private Optional<String> variable(String name) {
    String value = environment.get(name);
    if (value == null || value.isEmpty()) {
      value = environment.get(name.toLowerCase(Locale.ROOT));
    }
    return value == null || value.isEmpty() ? Optional.empty() : Optional.of(value);
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {}
}
