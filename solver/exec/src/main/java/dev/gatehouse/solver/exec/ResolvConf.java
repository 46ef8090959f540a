package dev.gatehouse.solver.exec;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The content of a resolv.conf(5) file, read from the host and made fit for a container.
 *
 * @param nameservers addresses as text
 * @param search suffixes
 * @param options of all options lines
 * @param other lines of directives not known here, kept as they are
 */
record ResolvConf(
    List<String> nameservers, List<String> search, List<String> options, List<String> other) {
  /** Asked when the host names no server that a container can reach. */
  private static final List<String> FALLBACK =
      List.of("8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844");

  ResolvConf {
    nameservers = List.copyOf(nameservers);
    search = List.copyOf(search);
    options = List.copyOf(options);
    other = List.copyOf(other);
  }

  static ResolvConf parse(List<String> lines) {
    List<String> nameservers = new ArrayList<>();
    List<String> search = List.of();
    List<String> options = new ArrayList<>();
    List<String> other = new ArrayList<>();
    for (String line : lines) {
      if (line.isBlank() || line.startsWith("#") || line.startsWith(";")) {
        continue;
      }
      List<String> words = List.of(line.strip().split("\\s+"));
      List<String> values = words.subList(1, words.size());
      switch (words.getFirst()) {
        case "nameserver" -> {
          if (!values.isEmpty() && IpAddresses.isLiteral(values.getFirst())) {
            nameservers.add(values.getFirst());
          }
        }
        case "domain", "search" -> {
          if (!values.isEmpty()) {
            search = values;
          }
        }
        case "options" -> options.addAll(values);
        default -> other.add(line);
      }
    }
    return new ResolvConf(nameservers, search, options, other);
  }

  /**
   * What a container is given.
   *
   * @param dns replaces the host's parts; servers named there are kept even when they are loopback
   * @param hostNetwork whether the container is in the host's network, where the host's own
   *     loopback servers answer
   */
  ResolvConf forContainer(ContainerRuntimeOptions.Dns dns, boolean hostNetwork) {
    List<String> servers = dns.nameservers().isEmpty() ? nameservers : dns.nameservers();
    if (dns.nameservers().isEmpty() && (!hostNetwork || servers.isEmpty())) {
      servers = servers.stream().filter(s -> !isLoopback(s)).toList();
      if (servers.isEmpty()) {
        servers = FALLBACK;
      }
    }
    List<String> suffixes =
        dns.searchDomains().isEmpty()
            ? search
            : dns.searchDomains().stream().filter(s -> !s.equals(".")).toList();
    return new ResolvConf(
        servers, suffixes, dns.options().isEmpty() ? options : dns.options(), other);
  }

  private static boolean isLoopback(String address) {
    return IpAddresses.parse(address).map(InetAddress::isLoopbackAddress).orElse(false);
  }

  /** The file. */
  String text() {
    StringBuilder b = new StringBuilder();
    for (String server : nameservers) {
      b.append("nameserver ").append(server).append('\n');
    }
    if (!search.isEmpty()) {
      b.append("search ").append(String.join(" ", search)).append('\n');
    }
    if (!options.isEmpty()) {
      b.append("options ").append(String.join(" ", options)).append('\n');
    }
    for (String line : other) {
      b.append(line).append('\n');
    }
    return b.toString();
  }
}
