/**
 * What the worker needs of a client's session: calls to the services that the client offers (files,
 * credentials, secrets, agents) without knowing how they travel.
 *
 * <p>{@link dev.gatehouse.solver.worker.session.Session} is one client, {@link
 * dev.gatehouse.solver.worker.session.SessionGroup} all clients that wait for the same work. The
 * daemon implements them over the session tunnel, tests in memory. Only the seam may enter, no
 * service's messages.
 */
@NullMarked
package dev.gatehouse.solver.worker.session;

import org.jspecify.annotations.NullMarked;
