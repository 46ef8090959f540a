/**
 * The record of builds that is kept on disk after they end: what was asked, how it went, what came
 * out, and everything that was shown.
 *
 * <p>{@link dev.gatehouse.daemon.history.BuildHistory} owns the layout of its directory: {@code
 * records/} with one encoded {@code BuildHistoryRecord} a build and {@code blobs/sha256/} with what
 * records point at. Nothing here knows how a build runs.
 */
@NullMarked
package dev.gatehouse.daemon.history;

import org.jspecify.annotations.NullMarked;
