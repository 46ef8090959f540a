package dev.gatehouse.frontend;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The facts of one build that a frontend starts from.
 *
 * @param options the frontend options by name, such as {@code filename}, {@code target}, {@code
 *     build-arg:X}
 * @param sessionId the session of the client that builds; local sources come from it
 * @param product the product that the server calls itself, empty when it does not say
 * @param workers what the build can run on; the first is the default
 * @param llbCapabilities what definitions may contain
 * @param gatewayCapabilities what may be asked of the gateway
 */
public record BuildOptions(
    Map<String, String> options,
    String sessionId,
    String product,
    List<WorkerInfo> workers,
    CapabilitySet llbCapabilities,
    CapabilitySet gatewayCapabilities) {

  public BuildOptions {
    options = Ordered.map(options);
    Objects.requireNonNull(sessionId, "sessionId");
    Objects.requireNonNull(product, "product");
    workers = List.copyOf(workers);
    Objects.requireNonNull(llbCapabilities, "llbCapabilities");
    Objects.requireNonNull(gatewayCapabilities, "gatewayCapabilities");
  }

  /** The value of an option, empty when it was not given. */
  public Optional<String> option(String name) {
    return Optional.ofNullable(options.get(name));
  }
}
