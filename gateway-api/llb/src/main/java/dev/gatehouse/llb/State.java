package dev.gatehouse.llb;

import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A file system that a build can make, with the settings that commands run in it take over.
 *
 * <p>States are immutable: each operation returns a new one. Nothing is evaluated; {@link #marshal}
 * turns the graph behind a state into the {@link Definition} that a daemon evaluates.
 *
 * <pre>{@code
 * State base = ImageSource.of("alpine:3.20").state();
 * State built =
 *     base.run().args(List.of("make")).mount(Mount.bind("/src", source).readOnly()).build().root();
 * Definition definition = built.marshal(MarshalOptions.defaults());
 * }</pre>
 */
public final class State {
  private static final State SCRATCH = new State(null, Settings.INITIAL);

  private final @Nullable Output output;
  private final Settings settings;

  private State(@Nullable Output output, Settings settings) {
    this.output = output;
    this.settings = settings;
  }

  static State of(@Nullable Output output) {
    return SCRATCH.withOutput(output);
  }

  /** The same settings over another output. */
  State withOutput(@Nullable Output output) {
    Settings s =
        output != null && output.platform() != null
            ? settings.withPlatform(output.platform().normalized())
            : settings;
    return new State(output, s);
  }

  private State with(Settings settings) {
    return new State(output, settings);
  }

  @Nullable Output output() {
    return output;
  }

  Settings settings() {
    return settings;
  }

  /** The empty file system. */
  public static State scratch() {
    return SCRATCH;
  }

  /**
   * A file system that is only known when the graph is marshalled. The supplier is asked once at
   * most.
   *
   * @param source a state that is not empty
   */
  public static State deferred(Supplier<State> source) {
    return of(new Output(source));
  }

  /** The file system of a definition, with no settings but the platform of its output. */
  public static State of(Definition definition) {
    return of(DefinitionVertex.output(definition));
  }

  /** The settings of this state over the file system of another. */
  public State withFilesOf(State other) {
    return withOutput(other.output);
  }

  /**
   * The file system of several, one on top of the other. Empty ones count for nothing.
   *
   * @param states lowest first; the result has the settings of the first that is not empty
   */
  public static State merge(List<State> states, Constraints constraints) {
    List<State> inputs = new ArrayList<>();
    for (State state : states) {
      if (state.output != null) {
        inputs.add(state);
      }
    }
    if (inputs.isEmpty()) {
      return scratch();
    }
    if (inputs.size() == 1) {
      return inputs.get(0);
    }
    List<Output> outputs = new ArrayList<>();
    inputs.forEach(input -> outputs.add(Objects.requireNonNull(input.output)));
    return inputs.get(0).withOutput(new Output(new MergeVertex(outputs, constraints), 0, null));
  }

  /** What {@code upper} changes in {@code lower}, as a file system that can be merged. */
  public static State diff(State lower, State upper, Constraints constraints) {
    if (lower.output == null) {
      return upper.output == null ? scratch() : upper;
    }
    return lower.withOutput(
        new Output(new DiffVertex(lower.output, upper.output, constraints), 0, null));
  }

  /**
   * The file system that a definition stored in this one makes.
   *
   * @param filename the file that holds it; empty for {@code buildkit.llb.definition}
   */
  public State build(String filename, Constraints constraints) {
    if (output == null) {
      throw new LlbException("a build needs a file system that holds a definition");
    }
    return withOutput(new Output(new BuildVertex(output, filename, constraints), 0, null));
  }

  /** This state, made only after the others have been; what they contain does not matter. */
  public State requires(String id, List<State> others, Constraints constraints) {
    if (others.isEmpty() || output == null) {
      return this;
    }
    List<Output> inputs = new ArrayList<>(List.of(output));
    for (State other : others) {
      if (other.output != null) {
        inputs.add(other.output);
      }
    }
    return withOutput(
        new Output(new PassthroughVertex(id, inputs, List.of(0), constraints), 0, null));
  }

  /** Begins a command in this state. */
  public RunBuilder run() {
    return new RunBuilder(this);
  }

  /** Changes files of this state. */
  public State file(FileAction action, Constraints constraints) {
    return withOutput(new Output(new FileVertex(action.on(this), constraints), 0, null));
  }

  /** Whether this is the empty file system. */
  public boolean isScratch() {
    return output == null;
  }

  /** Applies a change that may be made of many. */
  public State with(UnaryOperator<State> change) {
    return change.apply(this);
  }

  /**
   * The state with the settings of {@code other} where this one has none of its own: its output
   * keeps the root as working directory only if it says no platform, as BuildKit does.
   */
  public State reset(State other) {
    State fresh = of(output);
    return output != null && output.platform() != null
        ? new State(output, other.settings.withPlatform(output.platform().normalized()))
        : new State(output, other.settings.withDirectory(fresh.directory()));
  }

  /** Takes environment, working directory and platform of an image config. */
  public State withImageConfig(ImageConfig config) {
    State state = this;
    for (String variable : config.config().env()) {
      int equals = variable.indexOf('=');
      String name = equals < 0 ? variable : variable.substring(0, equals);
      if (!name.isEmpty()) {
        state = state.env(name, equals < 0 ? "" : variable.substring(equals + 1));
      }
    }
    state = state.directory(config.config().workingDir());
    Platform platform = config.platform();
    if (!platform.architecture().isEmpty() && !platform.os().isEmpty()) {
      state = state.platform(platform);
    }
    return state;
  }

  /** Sets an environment variable. */
  public State env(String name, String value) {
    return with(settings.withEnvironment(settings.environment().with(name, value)));
  }

  /** The value of an environment variable. */
  public Optional<String> env(String name) {
    return Optional.ofNullable(settings.environment().get(name));
  }

  /** All environment variables in the form {@code NAME=value}, in order of their last setting. */
  public List<String> env() {
    return settings.environment().toList();
  }

  /** Sets the working directory; a relative one is within the current one. */
  public State directory(String path) {
    if (SlashPath.isAbsolute(path)) {
      return with(settings.withDirectory(path));
    }
    String current = settings.directory().isEmpty() ? "/" : settings.directory();
    return with(settings.withDirectory(SlashPath.join(current, path)));
  }

  /** The working directory. */
  public String directory() {
    return settings.directory();
  }

  /** Sets the user that commands run as. */
  public State user(String user) {
    return with(settings.withUser(user));
  }

  /** The user that commands run as; empty if not said. */
  public String user() {
    return settings.user();
  }

  /** Sets the host name that commands see. */
  public State hostname(String hostname) {
    return with(settings.withHostname(hostname));
  }

  /** The host name that commands see; empty if not said. */
  public String hostname() {
    return settings.hostname();
  }

  /** Sets the platform of the operations that follow. */
  public State platform(Platform platform) {
    return with(settings.withPlatform(platform.normalized()));
  }

  /** The platform of the operations that follow. */
  public Optional<Platform> platform() {
    return Optional.ofNullable(settings.platform());
  }

  /** Sets the network of commands. */
  public State network(NetworkMode network) {
    return with(settings.withNetwork(network));
  }

  /** The network of commands. */
  public NetworkMode network() {
    return settings.network();
  }

  /** Sets the security mode of commands. */
  public State security(SecurityMode security) {
    return with(settings.withSecurity(security));
  }

  /** Adds a line to the hosts file of commands. */
  public State extraHost(String host, String address) {
    return with(settings.withExtraHost(new ExtraHost(host, address)));
  }

  /** Adds a resource limit of commands. */
  public State ulimit(String name, long soft, long hard) {
    return with(settings.withUlimit(new Ulimit(name, soft, hard)));
  }

  /** Sets the parent of the cgroups of commands. */
  public State cgroupParent(String parent) {
    return with(settings.withCgroupParent(parent));
  }

  /** Sets the command that {@link RunBuilder} runs. */
  State args(List<String> args) {
    return with(settings.withArgs(List.copyOf(args)));
  }

  /** Sets the exit codes that count as success. */
  public State validExitCodes(List<Integer> codes) {
    return with(settings.withValidExitCodes(codes));
  }

  /**
   * The definition of the graph behind this state.
   *
   * @throws LlbException if an operation lacks what it needs
   */
  public Definition marshal(MarshalOptions options) {
    return output == null ? Definition.SCRATCH : Marshaller.marshal(output, options);
  }

  /** A line of the hosts file. */
  public record ExtraHost(String host, String address) {}

  /** A resource limit of a process. */
  public record Ulimit(String name, long soft, long hard) {}
}
