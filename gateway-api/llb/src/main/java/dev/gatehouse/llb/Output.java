package dev.gatehouse.llb;

import dev.gatehouse.llb.oci.Platform;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One of the results of a vertex, and the platform that a state on it takes over.
 *
 * <p>A deferred output finds its vertex when it is first marshalled: what is copied from a context
 * decides what of the context is transferred. Identity counts.
 */
final class Output {
  private @Nullable Output actual;
  private @Nullable Supplier<State> deferred;
  private final @Nullable Vertex vertex;
  private final int index;
  private final @Nullable Platform platform;

  Output(Vertex vertex, int index, @Nullable Platform platform) {
    this.vertex = vertex;
    this.index = index;
    this.platform = platform;
  }

  Output(Supplier<State> deferred) {
    this.deferred = deferred;
    this.vertex = null;
    this.index = 0;
    this.platform = null;
  }

  private synchronized Output actual() {
    if (deferred != null) {
      Output found = deferred.get().output();
      if (found == null) {
        throw new LlbException("a deferred file system turned out to be empty");
      }
      actual = found;
      deferred = null;
    }
    return actual == null ? this : actual.actual();
  }

  Vertex vertex() {
    Vertex v = actual().vertex;
    if (v == null) {
      throw new IllegalStateException("an output without vertex");
    }
    return v;
  }

  int index() {
    return actual().index;
  }

  @Nullable Platform platform() {
    return platform;
  }
}
