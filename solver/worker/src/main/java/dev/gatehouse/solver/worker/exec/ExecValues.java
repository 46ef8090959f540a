package dev.gatehouse.solver.worker.exec;

import dev.gatehouse.protocol.pb.HostIP;
import dev.gatehouse.protocol.pb.NetMode;
import dev.gatehouse.protocol.pb.ProxyEnv;
import dev.gatehouse.protocol.pb.SecretEnv;
import dev.gatehouse.protocol.pb.SecurityMode;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.exec.ExtraHost;
import dev.gatehouse.solver.exec.LinuxResources;
import dev.gatehouse.solver.exec.NetworkMode;
import dev.gatehouse.solver.exec.Ulimit;
import dev.gatehouse.solver.worker.credential.Secrets;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Values of LLB messages in the terms of containers. */
final class ExecValues {
  static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private ExecValues() {}

  static NetworkMode network(NetMode mode) throws SolveException {
    return switch (mode) {
      case UNSET -> NetworkMode.DEFAULT;
      case HOST -> NetworkMode.HOST;
      case NONE -> NetworkMode.NONE;
      case UNRECOGNIZED ->
          throw new SolveException("exec.invalid", ErrorCategory.USER, "unknown network mode");
    };
  }

  static dev.gatehouse.solver.exec.SecurityMode security(SecurityMode mode) throws SolveException {
    return switch (mode) {
      case SANDBOX -> dev.gatehouse.solver.exec.SecurityMode.SANDBOX;
      case INSECURE -> dev.gatehouse.solver.exec.SecurityMode.INSECURE;
      case UNRECOGNIZED ->
          throw new SolveException("exec.invalid", ErrorCategory.USER, "unknown security mode");
    };
  }

  static ExtraHost extraHost(HostIP host) {
    return new ExtraHost(host.getHost(), host.getIP());
  }

  static Ulimit ulimit(dev.gatehouse.protocol.pb.Ulimit limit) {
    return new Ulimit(limit.getName(), limit.getSoft(), limit.getHard());
  }

  static LinuxResources resources(dev.gatehouse.protocol.pb.LinuxResources r) {
    return new LinuxResources(
        r.getMemory(),
        r.getMemorySwap(),
        r.getCpuShares(),
        r.getCpuQuota(),
        r.getCpuPeriod(),
        r.getCpusetCpus(),
        r.getCpusetMems());
  }

  static List<String> proxyEnvironment(ProxyEnv proxy) {
    List<String> env = new ArrayList<>();
    addBoth(env, "http_proxy", proxy.getHttpProxy());
    addBoth(env, "https_proxy", proxy.getHttpsProxy());
    addBoth(env, "ftp_proxy", proxy.getFtpProxy());
    addBoth(env, "no_proxy", proxy.getNoProxy());
    addBoth(env, "all_proxy", proxy.getAllProxy());
    return env;
  }

  private static void addBoth(List<String> env, String name, String value) {
    if (!value.isEmpty()) {
      env.add(name.toUpperCase(java.util.Locale.ROOT) + "=" + value);
      env.add(name + "=" + value);
    }
  }

  static void addDefault(List<String> env, String name, String value) {
    if (env.stream().noneMatch(e -> e.startsWith(name + "="))) {
      env.add(name + "=" + value);
    }
  }

  /** Variables whose values are secrets; one that is optional and not there is empty. */
  static List<String> secretEnvironment(List<SecretEnv> secrets, SessionGroup sessions)
      throws SolveException, IOException, InterruptedException {
    List<String> env = new ArrayList<>();
    for (SecretEnv secret : secrets) {
      if (secret.getID().isEmpty()) {
        throw new SolveException(
            "exec.invalid",
            ErrorCategory.USER,
            "secret ID missing for \"" + secret.getName() + "\" environment variable");
      }
      Optional<byte[]> value =
          secret.getOptional()
              ? Secrets.find(sessions, secret.getID())
              : Optional.of(Secrets.get(sessions, secret.getID()));
      env.add(
          secret.getName()
              + "="
              + value.map(v -> new String(v, StandardCharsets.UTF_8)).orElse(""));
    }
    return env;
  }
}
