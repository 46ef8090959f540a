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
 * <p>The rooms of references, each a class that is not public:
 *
 * <ul>
 *   <li>{@code References}: makes, opens and finds references; the door to the rooms below
 *   <li>{@code RecordGraph}, {@code MetadataIndex}: all records in memory and what finds them; the
 *       one lock under which counts and parents change
 *   <li>{@code RecordTable}: their rows; {@code RecordLoader}: the graph out of the rows at start
 *   <li>{@code RecordValues}: what is kept with a record while it lives
 *   <li>{@code Commits}: written trees made immutable; {@code Composition}: merge and difference
 *   <li>{@code Removal}: the end of handles and records, and what {@code GarbageCollector} sees
 *   <li>{@code Materializer}: lazy records brought to disk and shown; {@code Snapshots}, {@code
 *       MountPoints}, {@code Trees}: directories, mounts and files below that
 * </ul>
 */
@NullMarked
package dev.gatehouse.solver.store;

import org.jspecify.annotations.NullMarked;
