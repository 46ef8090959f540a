/**
 * The daemon: the one place where worker, frontends, sessions, history and sockets are wired
 * together.
 *
 * <p>{@link dev.gatehouse.daemon.Daemon} is the whole of it, started from a {@link
 * dev.gatehouse.daemon.config.DaemonConfig}. Only wiring, start and end belong here.
 */
@NullMarked
package dev.gatehouse.daemon;

import org.jspecify.annotations.NullMarked;
