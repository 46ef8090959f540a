/**
 * gRPC without gRPC's types: calls and streams of message bytes over sockets, standard streams and
 * tunnels.
 *
 * <p>{@link dev.gatehouse.frontend.transport.RpcChannel} is a client's end, {@link
 * dev.gatehouse.frontend.transport.RpcService} what a server offers, {@link
 * dev.gatehouse.frontend.transport.StreamSocket} turns a pair of streams into a socket so that
 * HTTP/2 runs over anything. grpc-okhttp is the implementation and is named in no signature; the
 * process of a frontend image has the smaller one of {@link
 * dev.gatehouse.frontend.transport.http2}. No message type of any protocol may enter.
 */
@NullMarked
package dev.gatehouse.frontend.transport;

import org.jspecify.annotations.NullMarked;
