package dev.gatehouse.solver.core;

/**
 * One output of a vertex, which is what other vertices take as input and what a build asks for.
 *
 * @param vertex the vertex whose output it is
 * @param index the output's position among the vertex's outputs, from zero
 */
public record Edge<O>(Vertex<O> vertex, int index) {
  public Edge {
    if (index < 0) {
      throw new IllegalArgumentException("edge index " + index + " is negative");
    }
  }

  @Override
  public String toString() {
    return vertex + "@" + index;
  }
}
