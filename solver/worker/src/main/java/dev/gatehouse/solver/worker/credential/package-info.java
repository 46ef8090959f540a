/**
 * What clients lend to a build while it runs: secrets, and the SSH agents behind their sockets.
 *
 * <p>{@link dev.gatehouse.solver.worker.credential.Secrets} fetches a secret from whichever client
 * has it; {@link dev.gatehouse.solver.worker.credential.AgentSocket} is a socket on this host whose
 * connections are carried to a client's agent. Values are handed on and never kept: no log, cache
 * key, layer or exception message may hold one.
 */
@NullMarked
package dev.gatehouse.solver.worker.credential;

import org.jspecify.annotations.NullMarked;
