/**
 * Processes in containers, run by an OCI runtime (crun or runc) that is found on the path.
 *
 * <p>{@link dev.gatehouse.solver.exec.ContainerRuntime} is opened once on a state directory and
 * starts a {@link dev.gatehouse.solver.exec.Container} from a {@link
 * dev.gatehouse.solver.exec.ContainerSpec}; a container has one or more {@link
 * dev.gatehouse.solver.exec.ContainerProcess}es. Closing a container ends its processes and removes
 * every mount, control group and file made for it; opening the runtime removes what a killed
 * process left behind.
 *
 * <p>What may enter: the runtime specification and what a container needs from the host (names,
 * users, limits, terminals). References, operations and sessions stay outside: root and mounts come
 * as {@link dev.gatehouse.solver.store.Mount}s.
 */
@NullMarked
package dev.gatehouse.solver.exec;

import org.jspecify.annotations.NullMarked;
