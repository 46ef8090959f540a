package dev.gatehouse.solver.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The executions that run or have run for active vertices, by what decides their outcome. Two
 * vertices whose definitions differ may prove equal once their inputs' keys are known: then the
 * second takes the outcome of the first.
 *
 * <p>A vertex is entered when its inputs are complete, so one that is found waits for nothing that
 * could wait for the finder.
 */
final class ExecutionIndex<O, R> {
  /** Guarded by this. */
  private final Map<Digest, List<Entry<O, R>>> entries = new HashMap<>();

  /**
   * Enters a vertex that is about to execute, unless an equal one is there.
   *
   * @param inputs for each input the names under which it is known to the solver's cache
   * @return the equal one
   */
  synchronized Optional<ActiveVertex<O, R>> claim(
      ActiveVertex<O, R> vertex, Digest operation, List<Set<String>> inputs) {
    List<Entry<O, R>> same = entries.computeIfAbsent(operation, d -> new ArrayList<>());
    for (Entry<O, R> entry : same) {
      boolean fresh = entry.vertex.ignoresCache() || !vertex.ignoresCache();
      if (entry.vertex != vertex && fresh && entry.matches(inputs)) {
        return Optional.of(entry.vertex);
      }
    }
    same.removeIf(entry -> entry.vertex == vertex);
    same.add(new Entry<>(vertex, inputs));
    return Optional.empty();
  }

  synchronized void remove(ActiveVertex<O, R> vertex) {
    Digest operation = vertex.claimed();
    if (operation == null) {
      return;
    }
    List<Entry<O, R>> same = entries.get(operation);
    if (same != null) {
      same.removeIf(entry -> entry.vertex == vertex);
      if (same.isEmpty()) {
        entries.remove(operation);
      }
    }
  }

  private record Entry<O, R>(ActiveVertex<O, R> vertex, List<Set<String>> inputs) {
    private boolean matches(List<Set<String>> others) {
      if (inputs.size() != others.size()) {
        return false;
      }
      for (int i = 0; i < inputs.size(); i++) {
        if (inputs.get(i).stream().noneMatch(others.get(i)::contains)) {
          return false;
        }
      }
      return true;
    }
  }
}
