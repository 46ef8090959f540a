/**
 * What a client serves to the daemon while it builds: files, credentials, secrets, ssh agents,
 * content.
 *
 * <p>{@link dev.gatehouse.client.session.ClientSession} runs a gRPC server inside a stream of the
 * daemon's {@code Control/Session}; {@link dev.gatehouse.client.session.SessionServices} chooses
 * the services of a build. Every service gives access to exactly what the build request names. Only
 * services of the session may enter.
 */
@NullMarked
package dev.gatehouse.client.session;

import org.jspecify.annotations.NullMarked;
