/**
 * Sessions: the way back from the daemon to a client's machine.
 *
 * <p>A client opens the tunnel ({@code Control.Session}, a stream of byte messages that carries
 * HTTP/2) and is then the server of gRPC services: local directories, credentials, secrets, ssh,
 * export targets. {@link dev.gatehouse.daemon.session.SessionRegistry} knows the sessions that are
 * open; {@link dev.gatehouse.daemon.session.TunnelSession} is one of them, in the terms of the
 * worker. Nothing about builds enters.
 */
@NullMarked
package dev.gatehouse.daemon.session;

import org.jspecify.annotations.NullMarked;
