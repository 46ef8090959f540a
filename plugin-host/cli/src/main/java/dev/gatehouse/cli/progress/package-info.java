/**
 * Shows a build while it runs.
 *
 * <p>{@link dev.gatehouse.cli.progress.Trace} collects updates into steps; a {@link
 * dev.gatehouse.cli.progress.Display} draws them: live on a terminal, as plain text in BuildKit's
 * shape, as BuildKit's raw JSON, or not at all. Only drawing belongs here: where updates come from
 * is the caller's business.
 */
@NullMarked
package dev.gatehouse.cli.progress;

import org.jspecify.annotations.NullMarked;
