package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * A handle of a file tree that does not change: a committed snapshot, a layer of an image (perhaps
 * not pulled yet), a merge or a difference of others.
 */
public non-sealed interface ImmutableReference extends Reference {
  /** Another handle of the same record, closed on its own. */
  ImmutableReference share();

  /** Another handle that fetches layers, where they are missing, from this provider. */
  ImmutableReference share(LayerProvider provider);

  /** Whether a layer of its chain is not unpacked on this disk. */
  boolean isLazy();

  /** Fetches and unpacks whatever is missing. */
  void materialize() throws IOException, InterruptedException;

  /** Opens the tree for reading by this process. Lazy layers are fetched and unpacked now. */
  LocalTree read() throws IOException, InterruptedException;

  /**
   * The layers of this tree from the lowest, one handle each; closing this handle does not close
   * them. A merge has those of its inputs one after the other; a difference those between.
   */
  List<ImmutableReference> layers();

  /** The parent of a layer; empty for the lowest, and for merge and diff. */
  Optional<ImmutableReference> parent();

  /** The blob of this layer, for records that are one layer: unpacked from, or exported as. */
  Optional<LayerInfo> blob();

  /** All known blobs of this layer in their several compressions; {@link #blob} is the first. */
  List<LayerInfo> blobs();

  /** Records a blob whose content is this layer, and holds it in the content store from now on. */
  void addBlob(LayerInfo blob);

  /** Where a missing blob of this layer can be fetched from, if anybody said. */
  Optional<LayerProvider> provider();

  /** Makes sure that the blob of this layer lies in the content store, and returns it. */
  LayerInfo fetchBlob() throws IOException, InterruptedException;

  /**
   * The changes of this one layer, for records that are one layer; empty where snapshots are plain
   * copies. Valid while this handle is open.
   */
  Optional<OverlayLayer> overlayLayer() throws IOException, InterruptedException;

  /**
   * Digest over the diff ids of the chain, as the OCI image specification defines; empty unless
   * known.
   */
  Optional<Digest> chainId();
}
