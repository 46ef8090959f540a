package dev.gatehouse.solver.exec;

/**
 * A line of a container's {@code /etc/hosts}.
 *
 * @param name the host's name
 * @param address its IP address in text form
 */
public record ExtraHost(String name, String address) {
  public ExtraHost {
    if (name.isEmpty() || name.chars().anyMatch(c -> c <= ' ' || c == '#')) {
      throw new IllegalArgumentException("invalid host name: \"" + name + "\"");
    }
    if (!IpAddresses.isLiteral(address)) {
      throw new IllegalArgumentException("failed to parse IP " + address);
    }
  }
}
