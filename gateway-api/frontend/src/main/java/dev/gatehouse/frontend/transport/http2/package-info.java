/**
 * The client's end of gRPC over HTTP/2 in as few classes as do it: what a frontend image starts
 * with, where each class that is loaded costs the person who builds some time.
 *
 * <p>{@link dev.gatehouse.frontend.transport.http2.Http2Channel} is the door, {@code Connection}
 * the state that calls share, {@code ClientStream} one call. Written after RFC 9113 (frames, flow
 * control), RFC 7541 (header compression) and gRPC's own page "gRPC over HTTP2". What servers only
 * may do is left out: priorities, pushes, compressed messages. Nothing but the transport's own
 * types may enter.
 */
@NullMarked
package dev.gatehouse.frontend.transport.http2;

import org.jspecify.annotations.NullMarked;
