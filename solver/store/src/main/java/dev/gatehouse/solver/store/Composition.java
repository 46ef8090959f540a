package dev.gatehouse.solver.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Records made of others: merge and difference. They are lazy; {@link Materializer} makes their
 * trees when a mount needs them.
 */
final class Composition {
  private final References references;

  Composition(References references) {
    this.references = references;
  }

  ImmutableReference merge(List<ImmutableReference> inputs, ReferenceOptions options)
      throws IOException {
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("merge of nothing");
    }
    if (inputs.size() == 1) {
      return inputs.getFirst().share();
    }
    return of(Record.Kind.MERGE, inputs, false, options);
  }

  ImmutableReference diff(
      Optional<ImmutableReference> lower,
      Optional<ImmutableReference> upper,
      ReferenceOptions options)
      throws IOException {
    List<ImmutableReference> inputs = new ArrayList<>();
    lower.ifPresent(inputs::add);
    upper.ifPresent(inputs::add);
    return of(Record.Kind.DIFF, inputs, lower.isPresent(), options);
  }

  private ImmutableReference of(
      Record.Kind kind, List<ImmutableReference> inputs, boolean hasLower, ReferenceOptions options)
      throws IOException {
    CompletableFuture<Boolean> written;
    ImmutableHandle handle;
    references.graph.lock.lock();
    try {
      LayerProviders providers = LayerProviders.NONE;
      List<Record> parents = new ArrayList<>();
      for (ImmutableReference i : inputs) {
        ImmutableHandle h = References.own(i);
        references.commits.part(h.record);
        providers = providers.with(h.providers);
        parents.add(h.record);
      }
      Record r =
          new Record(
              Record.newId(),
              kind,
              false,
              parents,
              hasLower,
              References.now(),
              options.description(),
              options.type());
      r.prepared = true;
      references.graph.add(r);
      written = references.database.submit(references.table.insert(r));
      handle = references.handle(r, providers);
    } finally {
      references.graph.lock.unlock();
    }
    return references.awaitOrClose(written, handle);
  }
}
