package dev.gatehouse.solver.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One operation of a build graph, with the edges it takes as inputs.
 *
 * <p>Two vertices are equal when their digests are: the digest covers the operation and, through
 * the inputs' digests, all that it depends on. Options are not covered.
 *
 * @param digest the checksum of the definition up to this vertex
 * @param operation what the {@link Executor} runs
 * @param inputs the edges whose results the operation takes, in the operation's order
 * @param options what concerns the evaluation and not the result
 */
public record Vertex<O>(Digest digest, O operation, List<Edge<O>> inputs, VertexOptions options) {
  public Vertex {
    inputs = List.copyOf(inputs);
  }

  /** The name that people see, the digest where none was given. */
  public String name() {
    return options.name().isEmpty() ? digest.toString() : options.name();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Vertex<?> vertex && vertex.digest.equals(digest);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }

  @Override
  public String toString() {
    return options.name().isEmpty() ? digest.toString() : options.name() + " (" + digest + ")";
  }
}
