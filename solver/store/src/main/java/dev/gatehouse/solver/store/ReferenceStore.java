package dev.gatehouse.solver.store;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * File trees by id.
 *
 * <p>A build step creates an {@link ActiveReference} upon the immutable result of the step before,
 * writes through its mount, and commits it to an {@link ImmutableReference}:
 *
 * <pre>{@code
 * try (ActiveReference active = references.create(Optional.of(parent), ReferenceOptions.of("run make"))) {
 *   try (LocalMount mount = active.localMount(false)) {
 *     ... write below mount.path() ...
 *   }
 *   return active.commit();
 * }
 * }</pre>
 *
 * <p>Layers of images come in through {@link #layer}: nothing is pulled or unpacked until a mount
 * needs it, and equal chains share one record. Handles are counted; records without handles and
 * without children may be collected.
 */
public interface ReferenceStore {
  /** A new tree, empty or showing the parent's. The parent's handle stays the caller's. */
  ActiveReference create(Optional<ImmutableReference> parent, ReferenceOptions options)
      throws IOException;

  /** A handle of a committed record; empty when there is none (any more). */
  Optional<ImmutableReference> get(String id);

  /** A handle that knows where missing layers of its chain can be fetched. */
  Optional<ImmutableReference> get(String id, LayerProvider provider);

  /**
   * The only handle of a retained mutable tree; empty when there is none.
   *
   * @throws StoreException LOCKED while another holds it, or its retained commit is in use
   */
  Optional<ActiveReference> mutable(String id) throws IOException;

  /** A layer upon a parent: lazy unless it was unpacked before. */
  ImmutableReference layer(
      Optional<ImmutableReference> parent, LayerInfo layer, LayerProvider provider);

  /** The trees laid over each other, the last on top. One input gives a handle of that input. */
  ImmutableReference merge(List<ImmutableReference> inputs, ReferenceOptions options)
      throws IOException;

  /**
   * What the upper tree adds to, changes in and deletes from the lower one. Empty lower: all of
   * upper. Empty upper: a deletion of all of lower.
   */
  ImmutableReference diff(
      Optional<ImmutableReference> lower,
      Optional<ImmutableReference> upper,
      ReferenceOptions options)
      throws IOException;

  /** Ids of records whose metadata has this value under this key, the last used first. */
  List<String> search(String key, byte[] value);

  /** Whether a record of that id exists. */
  boolean exists(String id);

  /** Deletes a record that nobody uses; returns whether it did. */
  boolean delete(String id) throws IOException;
}
