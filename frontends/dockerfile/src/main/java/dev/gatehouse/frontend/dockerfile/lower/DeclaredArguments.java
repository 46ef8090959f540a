package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.ArgDefinition;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionBudget;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The arguments that a stage declares, over those of the stage that it stands on.
 *
 * <p>A stage points at what it inherits and copies none of it: a long chain of stages takes memory
 * by the number of its arguments. Whoever asks walks the chain, as far as it declares anything, and
 * pays for that out of the file's budget.
 */
final class DeclaredArguments {
  private final List<ArgDefinition> own = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private @Nullable DeclaredArguments inherited;

  /** Takes over what another stage declares, which is complete by now. */
  void inherit(DeclaredArguments base) {
    inherited = base.own.isEmpty() ? base.inherited : base;
  }

  void add(ArgDefinition definition) {
    own.add(definition);
    names.add(definition.key());
  }

  /** Whether an argument of this name is declared here or below. */
  boolean declares(String name, ExpansionBudget budget) throws ExpansionException {
    for (DeclaredArguments at = this; at != null; at = at.inherited) {
      budget.take(1);
      if (at.names.contains(name)) {
        return true;
      }
    }
    return false;
  }

  /** All of them, those of the lowest stage first. */
  List<ArgDefinition> all() {
    if (inherited == null) {
      return own;
    }
    Deque<DeclaredArguments> chain = new ArrayDeque<>();
    for (DeclaredArguments at = this; at != null; at = at.inherited) {
      chain.push(at);
    }
    List<ArgDefinition> all = new ArrayList<>();
    chain.forEach(stage -> all.addAll(stage.own));
    return all;
  }
}
