/**
 * What clients call: BuildKit's control API over gRPC, with everything that travels beside it on
 * the same socket (the gateway of client-side frontends, blobs of the build history, health,
 * traces).
 *
 * <p>{@link dev.gatehouse.daemon.control.ControlServer} is the only public type. Here protobuf
 * becomes the terms of {@link dev.gatehouse.daemon.build} and back; decisions about builds belong
 * there.
 */
@NullMarked
package dev.gatehouse.daemon.control;

import org.jspecify.annotations.NullMarked;
