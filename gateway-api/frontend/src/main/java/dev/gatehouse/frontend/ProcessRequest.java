package dev.gatehouse.frontend;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A process to start in a container.
 *
 * @param arguments program and arguments
 * @param environment {@code NAME=value}
 * @param secretEnvironment variables whose value is a secret of the client
 * @param user name or number, with optional group; empty for root
 * @param directory to start in, empty for {@code /}
 * @param terminal whether standard streams are a terminal
 * @param insecure whether to run with all privileges; needs the {@code security.insecure}
 *     entitlement
 * @param removeMountStubsRecursive whether directories made for mounts are removed afterwards
 * @param stdinOrNull read until its end; absent for none
 * @param stdoutOrNull written to as output arrives; absent to drop it
 * @param stderrOrNull the same
 */
public record ProcessRequest(
    List<String> arguments,
    List<String> environment,
    List<SecretVariable> secretEnvironment,
    String user,
    String directory,
    boolean terminal,
    boolean insecure,
    boolean removeMountStubsRecursive,
    @Nullable InputStream stdinOrNull,
    @Nullable OutputStream stdoutOrNull,
    @Nullable OutputStream stderrOrNull) {

  /** An environment variable that holds the secret with this id. */
  public record SecretVariable(String id, String name, boolean optional) {
    public SecretVariable {
      Objects.requireNonNull(id, "id");
      Objects.requireNonNull(name, "name");
    }
  }

  public ProcessRequest {
    arguments = List.copyOf(arguments);
    environment = List.copyOf(environment);
    secretEnvironment = List.copyOf(secretEnvironment);
    Objects.requireNonNull(user, "user");
    Objects.requireNonNull(directory, "directory");
  }

  public Optional<InputStream> stdin() {
    return Optional.ofNullable(stdinOrNull);
  }

  public Optional<OutputStream> stdout() {
    return Optional.ofNullable(stdoutOrNull);
  }

  public Optional<OutputStream> stderr() {
    return Optional.ofNullable(stderrOrNull);
  }

  public static Builder builder(String... arguments) {
    return new Builder(List.of(arguments));
  }

  public static Builder builder(List<String> arguments) {
    return new Builder(arguments);
  }

  /** Collects a request. */
  public static final class Builder {
    private final List<String> arguments;
    private final List<String> environment = new ArrayList<>();
    private final List<SecretVariable> secretEnvironment = new ArrayList<>();
    private String user = "";
    private String directory = "";
    private boolean terminal;
    private boolean insecure;
    private boolean removeMountStubsRecursive;
    private @Nullable InputStream stdin;
    private @Nullable OutputStream stdout;
    private @Nullable OutputStream stderr;

    private Builder(List<String> arguments) {
      this.arguments = arguments;
    }

    public Builder environment(List<String> values) {
      environment.addAll(values);
      return this;
    }

    public Builder environment(String name, String value) {
      environment.add(name + "=" + value);
      return this;
    }

    public Builder secretEnvironment(List<SecretVariable> values) {
      secretEnvironment.addAll(values);
      return this;
    }

    public Builder user(String value) {
      user = value;
      return this;
    }

    public Builder directory(String value) {
      directory = value;
      return this;
    }

    public Builder terminal(boolean value) {
      terminal = value;
      return this;
    }

    public Builder insecure(boolean value) {
      insecure = value;
      return this;
    }

    public Builder removeMountStubsRecursive(boolean value) {
      removeMountStubsRecursive = value;
      return this;
    }

    public Builder stdin(@Nullable InputStream value) {
      stdin = value;
      return this;
    }

    public Builder stdout(@Nullable OutputStream value) {
      stdout = value;
      return this;
    }

    public Builder stderr(@Nullable OutputStream value) {
      stderr = value;
      return this;
    }

    public ProcessRequest build() {
      return new ProcessRequest(
          arguments,
          environment,
          secretEnvironment,
          user,
          directory,
          terminal,
          insecure,
          removeMountStubsRecursive,
          stdin,
          stdout,
          stderr);
    }
  }
}
