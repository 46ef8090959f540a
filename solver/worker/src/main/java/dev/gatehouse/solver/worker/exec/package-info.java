/**
 * Processes of a build: the exec operation, and the containers that frontends run for themselves.
 *
 * <p>{@link dev.gatehouse.solver.worker.exec.ExecOperation} runs one process over its inputs and
 * commits what it wrote; {@link dev.gatehouse.solver.worker.exec.GatewayContainer} keeps a
 * container open for several processes; {@link dev.gatehouse.solver.worker.exec.CacheMounts} holds
 * the cache mounts that both share. What may enter: how the mounts of LLB become mounts of a
 * container, and what of a process counts for its cache key. How a container is run is {@code
 * solver/exec}'s.
 */
@NullMarked
package dev.gatehouse.solver.worker.exec;

import org.jspecify.annotations.NullMarked;
