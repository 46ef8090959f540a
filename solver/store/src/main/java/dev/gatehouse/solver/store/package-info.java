/**
 * The state of one worker on disk: content, snapshots, references, leases, metadata, usage and its
 * collection.
 *
 * <p>{@link dev.gatehouse.solver.store.Store} opens a root directory and is the door to the rest:
 * {@link dev.gatehouse.solver.store.ContentStore} holds blobs by digest, {@link
 * dev.gatehouse.solver.store.ReferenceStore} holds file trees by id. Only {@code Layout} knows
 * where things lie. What enters here survives {@code kill -9} at any instant: files are made beside
 * and renamed, records are written last, and opening cleans what was half-made.
 *
 * <p>Nothing here knows LLB, sessions or registries: whoever can fetch a layer hands in a {@link
 * dev.gatehouse.solver.store.LayerProvider}.
 *
 * <p>{@code References} is long because every change of a record's counts and parents is made under
 * its one lock; mounting, unpacking and measuring stand in {@code Materializer} and {@code
 * Snapshots}.
 */
@NullMarked
package dev.gatehouse.solver.store;

import org.jspecify.annotations.NullMarked;
