/**
 * Images of registries as sources: {@code docker-image://}.
 *
 * <p>{@link dev.gatehouse.solver.worker.source.image.ImageSource} resolves names and gives a chain
 * of lazy layers; {@link dev.gatehouse.solver.worker.source.image.LayerSources} fetches such a
 * layer when it is needed. Unpacking is the store's.
 */
@NullMarked
package dev.gatehouse.solver.worker.source.image;

import org.jspecify.annotations.NullMarked;
