/**
 * Folders of the client as a source ({@code local://NAME}), transferred over the client's session.
 *
 * <p>{@link dev.gatehouse.solver.worker.source.local.LocalSource} is the source; {@link
 * dev.gatehouse.solver.worker.source.local.TreeReceiver} is the receiving end of fsutil's transfer
 * protocol, which brings a tree on disk to the state of the sender's and moves only what differs.
 */
@NullMarked
package dev.gatehouse.solver.worker.source.local;

import org.jspecify.annotations.NullMarked;
