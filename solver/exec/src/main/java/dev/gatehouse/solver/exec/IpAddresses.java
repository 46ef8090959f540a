package dev.gatehouse.solver.exec;

import java.net.InetAddress;
import java.util.Optional;

/** Literal IP addresses, read without ever asking a name server. */
final class IpAddresses {
  private IpAddresses() {}

  static boolean isLiteral(String text) {
    return parse(text).isPresent();
  }

  /** The address; a scope after {@code %} is left aside. Empty when the text is not a literal. */
  static Optional<InetAddress> parse(String text) {
    int scope = text.indexOf('%');
    String address = scope > 0 ? text.substring(0, scope) : text;
    try {
      return Optional.of(InetAddress.ofLiteral(address));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
