package dev.gatehouse.solver.worker.export;

import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.worker.BuildFacts;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** What an export can reach while it runs. */
public interface ExportContext {
  /** The client that asked for the build; files go to the first of its sessions. */
  SessionGroup sessions();

  /** Where progress goes: the vertex of this export. */
  VertexProgress progress();

  /** What the build was asked with. */
  BuildFacts facts();

  /**
   * The cache manifest to embed in an image's configuration, if the build exports its cache inline.
   *
   * @param platformId the platform in question, empty if the result is of one
   * @param layers the image's layers, lowest first
   */
  default Optional<byte[]> inlineCache(Optional<String> platformId, List<Descriptor> layers)
      throws SolveException, IOException, InterruptedException {
    return Optional.empty();
  }
}
