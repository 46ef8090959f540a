package dev.gatehouse.llb;

import dev.gatehouse.llb.oci.Platform;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What commands run in a state take over from it. Null exit codes mean that none were said. */
record Settings(
    List<String> args,
    String directory,
    Environment environment,
    String user,
    String hostname,
    String cgroupParent,
    NetworkMode network,
    SecurityMode security,
    @Nullable Platform platform,
    List<State.ExtraHost> extraHosts,
    List<State.Ulimit> ulimits,
    @Nullable List<Integer> validExitCodes) {
  static final Settings INITIAL =
      new Settings(
          List.of(),
          "/",
          Environment.EMPTY,
          "",
          "",
          "",
          NetworkMode.SANDBOX,
          SecurityMode.SANDBOX,
          null,
          List.of(),
          List.of(),
          null);

  Settings withArgs(List<String> args) {
    return new Settings(
        args,
        directory,
        environment,
        user,
        hostname,
        cgroupParent,
        network,
        security,
        platform,
        extraHosts,
        ulimits,
        validExitCodes);
  }

  Settings withDirectory(String directory) {
    return new Settings(
        args,
        directory,
        environment,
        user,
        hostname,
        cgroupParent,
        network,
        security,
        platform,
        extraHosts,
        ulimits,
        validExitCodes);
  }

  Settings withEnvironment(Environment environment) {
    return new Settings(
        args,
        directory,
        environment,
        user,
        hostname,
        cgroupParent,
        network,
        security,
        platform,
        extraHosts,
        ulimits,
        validExitCodes);
  }

  Settings withUser(String user) {
    return new Settings(
        args,
        directory,
        environment,
        user,
        hostname,
        cgroupParent,
        network,
        security,
        platform,
        extraHosts,
        ulimits,
        validExitCodes);
  }

  Settings withHostname(String hostname) {
    return new Settings(
        args,
        directory,
        environment,
        user,
        hostname,
        cgroupParent,
        network,
        security,
        platform,
        extraHosts,
        ulimits,
        validExitCodes);
  }

  Settings withCgroupParent(String cgroupParent) {
    return new Settings(
        args,
        directory,
        environment,
        user,
        hostname,
        cgroupParent,
        network,
        security,
        platform,
        extraHosts,
        ulimits,
        validExitCodes);
  }

  Settings withNetwork(NetworkMode network) {
    return new Settings(
        args,
        directory,
        environment,
        user,
        hostname,
        cgroupParent,
        network,
        security,
        platform,
        extraHosts,
        ulimits,
        validExitCodes);
  }

  Settings withSecurity(SecurityMode security) {
    return new Settings(
        args,
        directory,
        environment,
        user,
        hostname,
        cgroupParent,
        network,
        security,
        platform,
        extraHosts,
        ulimits,
        validExitCodes);
  }

  Settings withPlatform(@Nullable Platform platform) {
    return new Settings(
        args,
        directory,
        environment,
        user,
        hostname,
        cgroupParent,
        network,
        security,
        platform,
        extraHosts,
        ulimits,
        validExitCodes);
  }

  Settings withExtraHost(State.ExtraHost extraHost) {
    List<State.ExtraHost> more = new ArrayList<>(extraHosts);
    more.add(extraHost);
    return new Settings(
        args,
        directory,
        environment,
        user,
        hostname,
        cgroupParent,
        network,
        security,
        platform,
        List.copyOf(more),
        ulimits,
        validExitCodes);
  }

  Settings withUlimit(State.Ulimit ulimit) {
    List<State.Ulimit> more = new ArrayList<>(ulimits);
    more.add(ulimit);
    return new Settings(
        args,
        directory,
        environment,
        user,
        hostname,
        cgroupParent,
        network,
        security,
        platform,
        extraHosts,
        List.copyOf(more),
        validExitCodes);
  }

  Settings withValidExitCodes(@Nullable List<Integer> validExitCodes) {
    return new Settings(
        args,
        directory,
        environment,
        user,
        hostname,
        cgroupParent,
        network,
        security,
        platform,
        extraHosts,
        ulimits,
        validExitCodes);
  }
}
