package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.ArgDefinition;
import dev.gatehouse.frontend.dockerfile.outline.Outline;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a stage uses of what can be given to a build. The global arguments are shared between
 * stages.
 */
final class Captures {
  /** An argument, its value and the global arguments that the value is made of. */
  record Info(ArgDefinition definition, String value, Set<String> uses, List<Range> location) {}

  private final Map<String, Info> global;
  private final Map<String, Info> own = new LinkedHashMap<>();
  private final Set<String> used = new LinkedHashSet<>();
  final Map<String, Outline.Credential> secrets = new LinkedHashMap<>();
  final Map<String, Outline.Credential> sockets = new LinkedHashMap<>();

  Captures(Map<String, Info> global) {
    this.global = global;
  }

  Captures copy() {
    Captures copy = new Captures(global);
    copy.own.putAll(own);
    copy.used.addAll(used);
    copy.secrets.putAll(secrets);
    copy.sockets.putAll(sockets);
    return copy;
  }

  void use(String name) {
    used.add(name);
  }

  void useAll(Collection<String> names) {
    used.addAll(names);
  }

  void define(String name, Info info) {
    own.put(name, info);
  }

  private @Nullable Info find(String name) {
    Info info = own.get(name);
    return info != null ? info : global.get(name);
  }

  /**
   * The arguments that are used, here or by the values of such, that are not in {@code known}; they
   * are added to it.
   */
  void collect(Map<String, Outline.Arg> known, List<Outline.Arg> found) {
    Set<String> all = new LinkedHashSet<>();
    Deque<String> waiting = new ArrayDeque<>(used);
    while (!waiting.isEmpty()) {
      String name = waiting.poll();
      if (all.add(name)) {
        Info info = find(name);
        if (info != null) {
          waiting.addAll(info.uses());
        }
      }
    }
    for (String name : all) {
      Info info = find(name);
      if (info != null && !known.containsKey(name)) {
        Outline.Arg argument =
            new Outline.Arg(
                info.definition().key(),
                info.definition().description(),
                info.value(),
                info.location());
        known.put(name, argument);
        found.add(argument);
      }
    }
  }
}
