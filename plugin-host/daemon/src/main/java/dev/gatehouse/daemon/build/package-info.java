/**
 * Builds as the daemon runs them: from a client's request through frontend and solver to exports,
 * with the client's session watched and the course of the build kept for whoever wants to see it.
 *
 * <p>{@link dev.gatehouse.daemon.build.Builds} runs them, {@link
 * dev.gatehouse.daemon.build.ActiveBuild} is one of them, {@link
 * dev.gatehouse.daemon.build.ProgressLog} what happened in it. Messages of the control API do not
 * enter.
 */
@NullMarked
package dev.gatehouse.daemon.build;

import org.jspecify.annotations.NullMarked;
