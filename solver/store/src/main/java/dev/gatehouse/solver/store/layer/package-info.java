/**
 * Image layers: tar archives of file system changes, compressed, and their conversion to and from
 * directories.
 *
 * <p>{@link Compression} names how a layer blob is compressed and opens streams for it; {@link
 * LayerUnpacker} applies a layer to a directory; {@link LayerDiffer} makes a layer of a directory
 * of changes. All access to a directory is rooted in it: nothing in an archive, and no symbolic
 * link that an earlier layer left, leads outside.
 */
@NullMarked
package dev.gatehouse.solver.store.layer;

import org.jspecify.annotations.NullMarked;
