/**
 * A client of any BuildKit daemon.
 *
 * <p>{@link dev.gatehouse.client.BuildClient} connects to a {@link
 * dev.gatehouse.client.DaemonAddress}, runs a {@link dev.gatehouse.client.BuildRequest} and reports
 * what happens as {@link dev.gatehouse.client.SolveStatus}. Only records and interfaces here; what
 * the daemon asks back is served in the session package.
 */
@NullMarked
package dev.gatehouse.client;

import org.jspecify.annotations.NullMarked;
