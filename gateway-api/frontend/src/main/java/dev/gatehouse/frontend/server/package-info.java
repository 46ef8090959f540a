/**
 * Both ends of {@code moby.buildkit.v1.frontend.LLBBridge}: {@link
 * dev.gatehouse.frontend.server.GatewayService} is the one server, over a {@link
 * dev.gatehouse.frontend.server.GatewayBackend} that a host implements; {@link
 * dev.gatehouse.frontend.server.GatewayClients} makes the one client, over any transport.
 *
 * <p>Protobuf messages live here, inside; conversions to and from the SDK's records are the only
 * other thing that may enter.
 *
 * <p>{@code BridgeServer} is a little longer than others: it is the protocol's list of calls, one
 * method each.
 */
@NullMarked
package dev.gatehouse.frontend.server;

import org.jspecify.annotations.NullMarked;
