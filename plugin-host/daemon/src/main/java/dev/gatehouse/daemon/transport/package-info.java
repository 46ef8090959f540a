/**
 * The daemon's listening sockets: unix and TCP, plain and TLS, and what makes a pair of streams
 * look like a socket.
 *
 * <p>{@link dev.gatehouse.daemon.transport.ListenAddress} names where to listen, {@link
 * dev.gatehouse.daemon.transport.UnixServerSocket} is a server socket on a path. No knowledge of
 * any protocol enters.
 */
@NullMarked
package dev.gatehouse.daemon.transport;

import org.jspecify.annotations.NullMarked;
