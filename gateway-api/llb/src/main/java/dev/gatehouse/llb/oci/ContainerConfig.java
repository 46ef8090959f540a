package dev.gatehouse.llb.oci;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a container of an image runs with: the {@code config} of an image config. Absent texts are
 * empty, absent lists and maps have no elements.
 *
 * @param user name or id, with an optional group after a colon
 * @param exposedPorts ports in the form {@code 80/tcp}
 * @param env variables in the form {@code NAME=value}
 * @param entrypoint the command
 * @param cmd its default arguments, or the command if there is no entry point
 * @param volumes paths that hold data of their own
 * @param workingDir absolute path
 * @param labels free text by key
 * @param stopSignal signal name or number
 * @param argsEscaped set where Windows arguments are quoted already; BuildKit sets it for every
 *     shell-form and exec-form command
 * @param healthCheck null if not said
 * @param onBuild instructions run by builds on top of the image
 * @param shell the shell of shell-form commands
 */
public record ContainerConfig(
    String user,
    Set<String> exposedPorts,
    List<String> env,
    List<String> entrypoint,
    List<String> cmd,
    Set<String> volumes,
    String workingDir,
    Map<String, String> labels,
    String stopSignal,
    boolean argsEscaped,
    ImageConfig.@Nullable HealthCheck healthCheck,
    List<String> onBuild,
    List<String> shell) {

  /** Nothing said. */
  public static final ContainerConfig EMPTY = new Builder().build();

  public ContainerConfig {
    exposedPorts = Collections.unmodifiableSet(new TreeSet<>(exposedPorts));
    env = List.copyOf(env);
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    volumes = Collections.unmodifiableSet(new TreeSet<>(volumes));
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    onBuild = List.copyOf(onBuild);
    shell = List.copyOf(shell);
  }

  /** A builder that begins with these values. */
  public Builder toBuilder() {
    Builder b = new Builder();
    b.user = user;
    b.exposedPorts.addAll(exposedPorts);
    b.env.addAll(env);
    b.entrypoint = entrypoint;
    b.cmd = cmd;
    b.volumes.addAll(volumes);
    b.workingDir = workingDir;
    b.labels.putAll(labels);
    b.stopSignal = stopSignal;
    b.argsEscaped = argsEscaped;
    b.healthCheck = healthCheck;
    b.onBuild = onBuild;
    b.shell = shell;
    return b;
  }

  static ContainerConfig read(JsonObject json) {
    Builder b = new Builder();
    b.user = json.string("User");
    b.exposedPorts.addAll(json.keys("ExposedPorts"));
    b.env.addAll(json.strings("Env"));
    b.entrypoint = json.strings("Entrypoint");
    b.cmd = json.strings("Cmd");
    b.volumes.addAll(json.keys("Volumes"));
    b.workingDir = json.string("WorkingDir");
    b.labels.putAll(json.stringMap("Labels"));
    b.stopSignal = json.string("StopSignal");
    b.argsEscaped = json.bool("ArgsEscaped");
    JsonObject health = json.object("Healthcheck");
    if (health != null) {
      b.healthCheck =
          new ImageConfig.HealthCheck(
              health.strings("Test"),
              health.number("Interval"),
              health.number("Timeout"),
              health.number("StartPeriod"),
              health.number("StartInterval"),
              (int) Math.max(0, Math.min(Integer.MAX_VALUE, health.number("Retries"))));
    }
    b.onBuild = json.strings("OnBuild");
    b.shell = json.strings("Shell");
    return b.build();
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    ImageConfig.putText(json, "User", user);
    putSet(json, "ExposedPorts", exposedPorts);
    ImageConfig.putList(json, "Env", env);
    ImageConfig.putList(json, "Entrypoint", entrypoint);
    ImageConfig.putList(json, "Cmd", cmd);
    putSet(json, "Volumes", volumes);
    ImageConfig.putText(json, "WorkingDir", workingDir);
    ImageConfig.putMap(json, "Labels", labels);
    ImageConfig.putText(json, "StopSignal", stopSignal);
    if (argsEscaped) {
      json.put("ArgsEscaped", true);
    }
    if (healthCheck != null) {
      Map<String, Object> health = new LinkedHashMap<>();
      ImageConfig.putList(health, "Test", healthCheck.test());
      putNumber(health, "Interval", healthCheck.interval());
      putNumber(health, "Timeout", healthCheck.timeout());
      putNumber(health, "StartPeriod", healthCheck.startPeriod());
      putNumber(health, "StartInterval", healthCheck.startInterval());
      putNumber(health, "Retries", healthCheck.retries());
      json.put("Healthcheck", health);
    }
    ImageConfig.putList(json, "OnBuild", onBuild);
    ImageConfig.putList(json, "Shell", shell);
    return json;
  }

  private static void putSet(Map<String, Object> json, String name, Set<String> keys) {
    if (!keys.isEmpty()) {
      Map<String, Object> members = new LinkedHashMap<>();
      keys.forEach(key -> members.put(key, Map.of()));
      json.put(name, members);
    }
  }

  private static void putNumber(Map<String, Object> json, String name, long value) {
    if (value != 0) {
      json.put(name, value);
    }
  }

  /** Collects the values of a {@link ContainerConfig}. */
  public static final class Builder {
    private String user = "";
    private final Set<String> exposedPorts = new TreeSet<>();
    private final List<String> env = new ArrayList<>();
    private List<String> entrypoint = List.of();
    private List<String> cmd = List.of();
    private final Set<String> volumes = new TreeSet<>();
    private String workingDir = "";
    private final Map<String, String> labels = new TreeMap<>();
    private String stopSignal = "";
    private boolean argsEscaped;
    private ImageConfig.@Nullable HealthCheck healthCheck;
    private List<String> onBuild = List.of();
    private List<String> shell = List.of();

    public Builder user(String user) {
      this.user = user;
      return this;
    }

    /** Adds a port in the form {@code 80/tcp}. */
    public Builder exposePort(String port) {
      exposedPorts.add(port);
      return this;
    }

    /** Takes these variables in place of all. */
    public Builder env(List<String> env) {
      this.env.clear();
      this.env.addAll(env);
      return this;
    }

    public Builder entrypoint(List<String> entrypoint) {
      this.entrypoint = entrypoint;
      return this;
    }

    public Builder cmd(List<String> cmd) {
      this.cmd = cmd;
      return this;
    }

    /** Adds a volume. */
    public Builder volume(String path) {
      volumes.add(path);
      return this;
    }

    public Builder workingDir(String workingDir) {
      this.workingDir = workingDir;
      return this;
    }

    /** Adds or replaces a label. */
    public Builder label(String key, String value) {
      labels.put(key, value);
      return this;
    }

    public Builder stopSignal(String stopSignal) {
      this.stopSignal = stopSignal;
      return this;
    }

    public Builder argsEscaped(boolean argsEscaped) {
      this.argsEscaped = argsEscaped;
      return this;
    }

    public Builder healthCheck(ImageConfig.@Nullable HealthCheck healthCheck) {
      this.healthCheck = healthCheck;
      return this;
    }

    public Builder onBuild(List<String> onBuild) {
      this.onBuild = onBuild;
      return this;
    }

    public Builder shell(List<String> shell) {
      this.shell = shell;
      return this;
    }

    public ContainerConfig build() {
      return new ContainerConfig(
          user,
          exposedPorts,
          env,
          entrypoint,
          cmd,
          volumes,
          workingDir,
          labels,
          stopSignal,
          argsEscaped,
          healthCheck,
          onBuild,
          shell);
    }
  }
}
