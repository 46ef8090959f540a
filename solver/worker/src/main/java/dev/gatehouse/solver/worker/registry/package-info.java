/**
 * Image registries: a client of the OCI distribution specification on the JDK's HTTP client.
 *
 * <p>{@link dev.gatehouse.solver.worker.registry.Registries} knows how each host is configured and
 * reached, {@link dev.gatehouse.solver.worker.registry.Repository} pulls from and pushes to one
 * repository with the credentials of the clients that wait. What comes in is limited in size and
 * verified by digest; failures that may pass are tried again. No secret enters a message.
 *
 * <p>{@code Repository} is a little longer than others: pulling and pushing share how they choose
 * hosts, repeat and read a registry's errors.
 */
@NullMarked
package dev.gatehouse.solver.worker.registry;

import org.jspecify.annotations.NullMarked;
