package dev.gatehouse.solver.worker.op;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LayerProvider;
import dev.gatehouse.solver.store.Lease;
import dev.gatehouse.solver.worker.BuildFacts;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.util.List;

/**
 * What an operation can reach while it runs. The store, the container runtime and other things of
 * the worker come to an operation through the constructor of its {@link OperationFactory}; here is
 * what belongs to the builds that want it.
 */
public interface OperationContext {
  /** The vertex in question. */
  Digest vertex();

  /** The name that people see, for descriptions of records: {@code mount / from exec <name>}. */
  String name();

  /** Where output and progress go. */
  VertexProgress progress();

  /** The clients that wait for this vertex. */
  SessionGroup sessions();

  /**
   * What the builds that want this vertex were asked with; where they differ, what the first says.
   */
  BuildFacts facts();

  /** What the first of the builds that want this vertex found out and stays with. */
  BuildMemory memory();

  /**
   * Fetches layers that are missing, by their {@code source}, with the credentials of this vertex's
   * clients. What is loaded from the cache carries it already.
   */
  LayerProvider layers();

  /**
   * Solves a nested definition for the same builds.
   *
   * @param definition the {@code pb.Definition} message
   * @return the result, which belongs to the solver and stays as long as this vertex
   */
  WorkerResult solve(byte[] definition) throws SolveException, InterruptedException;

  /** Keeps blobs and records from collection as long as a build wants this vertex. */
  Lease lease();

  /** Records what a source turned out to be, for provenance. */
  void resolved(ResolvedSource source);

  /** Has something closed when the last build that wants this vertex has gone. */
  void onRelease(Runnable cleanup);

  /** Has references closed when the last build that wants this vertex has gone. */
  default void keep(List<ImmutableReference> references) {
    onRelease(() -> references.forEach(ImmutableReference::close));
  }
}
