package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.llb.State;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The environment variables of a state. */
record StateEnvironment(State state) implements Environment {
  @Override
  public @Nullable String get(String name) {
    return state.env(name).orElse(null);
  }

  @Override
  public List<String> names() {
    List<String> names = new ArrayList<>();
    for (String variable : state.env()) {
      names.add(variable.substring(0, variable.indexOf('=')));
    }
    return names;
  }
}
