package dev.gatehouse.frontend;

import dev.gatehouse.llb.oci.Platform;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A container to prepare.
 *
 * @param mounts one of them at {@code /}
 * @param network which network processes see
 * @param hostname empty for the default
 * @param extraHosts lines of {@code /etc/hosts}
 * @param platformOrNull absent for the worker's own
 * @param constraints filters on workers
 */
public record ContainerRequest(
    List<ContainerMount> mounts,
    Network network,
    String hostname,
    List<HostAddress> extraHosts,
    @Nullable Platform platformOrNull,
    List<String> constraints) {

  /** The network of a container. {@link #HOST} needs the {@code network.host} entitlement. */
  public enum Network {
    DEFAULT,
    HOST,
    NONE
  }

  /** A name and its address. */
  public record HostAddress(String host, String address) {
    public HostAddress {
      Objects.requireNonNull(host, "host");
      Objects.requireNonNull(address, "address");
    }
  }

  public ContainerRequest {
    mounts = List.copyOf(mounts);
    Objects.requireNonNull(network, "network");
    Objects.requireNonNull(hostname, "hostname");
    extraHosts = List.copyOf(extraHosts);
    constraints = List.copyOf(constraints);
  }

  /** A container with these mounts and defaults for the rest. */
  public static ContainerRequest of(ContainerMount... mounts) {
    return new ContainerRequest(List.of(mounts), Network.DEFAULT, "", List.of(), null, List.of());
  }

  public Optional<Platform> platform() {
    return Optional.ofNullable(platformOrNull);
  }
}
