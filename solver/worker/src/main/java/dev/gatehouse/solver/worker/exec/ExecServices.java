package dev.gatehouse.solver.worker.exec;

import dev.gatehouse.solver.exec.ContainerRuntime;
import dev.gatehouse.solver.store.ReferenceStore;
import dev.gatehouse.solver.worker.contenthash.ContentHashes;

/**
 * What processes of builds need of the worker; one for all operations and containers.
 *
 * @param references where trees are made and committed
 * @param runtime runs the containers
 * @param cacheMounts of the worker
 * @param contents digests inputs by their content
 */
public record ExecServices(
    ReferenceStore references,
    ContainerRuntime runtime,
    CacheMounts cacheMounts,
    ContentHashes contents) {
  public static ExecServices of(
      ReferenceStore references, ContainerRuntime runtime, ContentHashes contents) {
    return new ExecServices(references, runtime, new CacheMounts(references), contents);
  }
}
