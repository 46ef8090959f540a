package dev.gatehouse.frontend;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The capabilities that a server announced, by id. Features are negotiated by these, never by
 * version.
 */
public record CapabilitySet(Map<String, Capability> capabilities) {
  public CapabilitySet {
    capabilities = Collections.unmodifiableMap(new TreeMap<>(capabilities));
  }

  public static CapabilitySet of(Collection<Capability> capabilities) {
    Map<String, Capability> byId = new TreeMap<>();
    capabilities.forEach(c -> byId.put(c.id(), c));
    return new CapabilitySet(byId);
  }

  /** A set in which all of these ids are enabled. */
  public static CapabilitySet ofIds(Collection<String> ids) {
    return of(ids.stream().map(Capability::enabled).toList());
  }

  /** Whether the capability is announced and enabled. */
  public boolean supports(String id) {
    Capability c = capabilities.get(id);
    return c != null && c.enabled();
  }

  /** What was announced about the capability. */
  public Optional<Capability> find(String id) {
    return Optional.ofNullable(capabilities.get(id));
  }

  /**
   * Fails unless the capability is announced and enabled.
   *
   * @throws FrontendException of category environment, code {@code capability.unsupported}
   */
  public void require(String id) throws FrontendException {
    Capability c = capabilities.get(id);
    if (c != null && c.enabled()) {
      return;
    }
    String text =
        c == null
            ? "requested feature " + id + " is not supported by the build server, please update it"
            : "requested feature "
                + id
                + " has been disabled on the build server"
                + (c.disabledMessage().isEmpty() ? "" : ": " + c.disabledMessage());
    throw FrontendException.builder(FrontendException.Category.ENVIRONMENT, text)
        .code("capability.unsupported")
        .status(StatusCode.UNIMPLEMENTED)
        .build();
  }
}
