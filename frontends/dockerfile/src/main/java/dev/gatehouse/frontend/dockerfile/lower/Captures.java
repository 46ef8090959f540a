package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.ArgDefinition;
import dev.gatehouse.frontend.dockerfile.outline.Outline;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionBudget;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionException;
import java.util.ArrayDeque;
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

  /** Names used in the FROM of this stage and those that it stands on; they may share the set. */
  private Set<String> usedInFrom = Set.of();

  final Map<String, Outline.Credential> secrets = new LinkedHashMap<>();
  final Map<String, Outline.Credential> sockets = new LinkedHashMap<>();

  Captures(Map<String, Info> global) {
    this.global = global;
  }

  /** What a stage starts with that stands on the one of this, before instructions are lowered. */
  Captures inherited() {
    Captures captures = new Captures(global);
    captures.usedInFrom = usedInFrom;
    return captures;
  }

  void use(String name) {
    used.add(name);
  }

  /** Takes names that the stage's FROM uses. */
  void useInFrom(Set<String> names, ExpansionBudget budget) throws ExpansionException {
    if (!usedInFrom.containsAll(names)) {
      budget.take((long) StageState.INHERITED * usedInFrom.size());
      Set<String> all = new LinkedHashSet<>(usedInFrom);
      all.addAll(names);
      usedInFrom = all;
    }
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
    Deque<String> waiting = new ArrayDeque<>(usedInFrom);
    waiting.addAll(used);
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
