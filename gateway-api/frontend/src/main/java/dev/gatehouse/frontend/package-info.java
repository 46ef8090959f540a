/**
 * What the author of a build language compiles against.
 *
 * <p>A {@link dev.gatehouse.frontend.Frontend} compiles its language to LLB and hands it to the
 * build server that it sees as a {@link dev.gatehouse.frontend.GatewayClient}; a {@link
 * dev.gatehouse.frontend.Result} of {@link dev.gatehouse.frontend.Reference}s goes back. Everything
 * here is an interface or a checked record: no transport, no protobuf, no gRPC type may enter.
 */
@NullMarked
package dev.gatehouse.frontend;

import org.jspecify.annotations.NullMarked;
