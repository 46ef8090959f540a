package dev.gatehouse.solver.core;

import java.util.Map;
import java.util.Optional;

/**
 * What accompanies a vertex without changing its result or its identity.
 *
 * @param name the name that people see; empty if none was given
 * @param ignoreCache the operation runs even where a result is cached
 * @param exportCache whether the result may enter an exported cache; empty leaves it to the export
 * @param progressGroup the group under which the vertex's progress is shown
 * @param description texts without meaning for the solver
 */
public record VertexOptions(
    String name,
    boolean ignoreCache,
    Optional<Boolean> exportCache,
    Optional<ProgressGroup> progressGroup,
    Map<String, String> description) {

  /** No name, nothing special. */
  public static final VertexOptions NONE = named("");

  public VertexOptions {
    description = Map.copyOf(description);
  }

  public static VertexOptions named(String name) {
    return new VertexOptions(name, false, Optional.empty(), Optional.empty(), Map.of());
  }

  public VertexOptions withIgnoreCache(boolean value) {
    return new VertexOptions(name, value, exportCache, progressGroup, description);
  }

  /**
   * A group of vertices shown as one.
   *
   * @param id what vertices of one group share
   * @param name the name that people see
   * @param weak true if the group is only shown when all its vertices belong together anyway
   */
  public record ProgressGroup(String id, String name, boolean weak) {}
}
