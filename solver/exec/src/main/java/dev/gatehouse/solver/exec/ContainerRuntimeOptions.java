package dev.gatehouse.solver.exec;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How containers are run on this host.
 *
 * @param stateDirectory where bundles and the OCI runtime's state lie; this runtime's alone
 * @param binary the OCI runtime to use; empty: crun, else runc, from the path
 * @param cgroupParent parent of all control groups; empty for {@code /gatehouse}
 * @param defaultNetwork what {@link NetworkMode#DEFAULT} means; {@code DEFAULT} itself stands for
 *     the automatic choice, which is the host's network as long as no bridge is configured
 * @param dns what containers are told of name servers instead of the host's
 * @param grace how long a process has between TERM and KILL
 * @param oomScoreAdjust of all container processes
 * @param apparmorProfile of sandboxed containers
 */
public record ContainerRuntimeOptions(
    Path stateDirectory,
    Optional<String> binary,
    String cgroupParent,
    NetworkMode defaultNetwork,
    Dns dns,
    Duration grace,
    OptionalInt oomScoreAdjust,
    Optional<String> apparmorProfile) {

  /** How long a cancelled process may take to end by itself. */
  public static final Duration DEFAULT_GRACE = Duration.ofSeconds(1);

  /**
   * Name resolution of containers; each list, when empty, is taken from the host.
   *
   * @param nameservers IP addresses
   * @param searchDomains suffixes tried for short names
   * @param options as in resolv.conf(5)
   */
  public record Dns(List<String> nameservers, List<String> searchDomains, List<String> options) {
    public static final Dns FROM_HOST = new Dns(List.of(), List.of(), List.of());

    public Dns {
      nameservers = List.copyOf(nameservers);
      searchDomains = List.copyOf(searchDomains);
      options = List.copyOf(options);
      for (String address : nameservers) {
        if (!IpAddresses.isLiteral(address)) {
          throw new IllegalArgumentException("bad nameserver address: " + address);
        }
      }
    }
  }

  public ContainerRuntimeOptions {
    Objects.requireNonNull(stateDirectory);
    Objects.requireNonNull(defaultNetwork);
    Objects.requireNonNull(dns);
    if (grace.isNegative()) {
      throw new IllegalArgumentException("negative grace period");
    }
  }

  /** Everything by default. */
  public static ContainerRuntimeOptions of(Path stateDirectory) {
    return new ContainerRuntimeOptions(
        stateDirectory,
        Optional.empty(),
        "",
        NetworkMode.DEFAULT,
        Dns.FROM_HOST,
        DEFAULT_GRACE,
        OptionalInt.empty(),
        Optional.empty());
  }

  ContainerRuntimeOptions withStateDirectory(Path directory) {
    return new ContainerRuntimeOptions(
        directory,
        binary,
        cgroupParent,
        defaultNetwork,
        dns,
        grace,
        oomScoreAdjust,
        apparmorProfile);
  }

  public ContainerRuntimeOptions withBinary(String binary) {
    return new ContainerRuntimeOptions(
        stateDirectory,
        Optional.of(binary),
        cgroupParent,
        defaultNetwork,
        dns,
        grace,
        oomScoreAdjust,
        apparmorProfile);
  }
}
