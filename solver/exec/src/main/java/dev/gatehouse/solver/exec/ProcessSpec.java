package dev.gatehouse.solver.exec;

import java.util.List;

/**
 * A process in a container.
 *
 * @param args the program, looked up in the container's PATH, and its arguments
 * @param env {@code NAME=value}
 * @param cwd working directory, absolute; created when missing if this is the first process
 * @param user empty, or {@code user[:group]} by name or number, looked up in the container's {@code
 *     /etc/passwd} and {@code /etc/group}
 * @param terminal whether the process has a terminal; its output is then one stream
 */
public record ProcessSpec(
    List<String> args, List<String> env, String cwd, String user, boolean terminal) {
  public ProcessSpec {
    args = List.copyOf(args);
    env = List.copyOf(env);
    if (args.isEmpty()) {
      throw new IllegalArgumentException("args can't be empty");
    }
    if (!cwd.startsWith("/")) {
      throw new IllegalArgumentException("working directory is not absolute: " + cwd);
    }
    for (String text : args) {
      requireNoNul(text);
    }
    for (String text : env) {
      requireNoNul(text);
    }
    requireNoNul(cwd);
    requireNoNul(user);
  }

  private static void requireNoNul(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("NUL in process specification");
    }
  }
}
