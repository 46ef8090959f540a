/**
 * Checksums of parts of file trees: what an operation that reads files is cached by when the
 * history of its input is not known.
 *
 * <p>{@link dev.gatehouse.solver.worker.contenthash.ContentHashes} computes them, {@link
 * dev.gatehouse.solver.worker.contenthash.Selection} says of what. A checksum covers names, types,
 * permissions, owners, link targets, device numbers, extended attributes and content; not times,
 * and not the attributes of a tree's root. Only reading enters here.
 */
@NullMarked
package dev.gatehouse.solver.worker.contenthash;

import org.jspecify.annotations.NullMarked;
