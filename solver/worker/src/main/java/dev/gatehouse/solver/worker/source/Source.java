package dev.gatehouse.solver.worker.source;

import dev.gatehouse.solver.core.SolveException;
import java.util.Set;

/** A kind of source, known by the schemes of its identifiers. */
public interface Source {
  /** The schemes without {@code ://}, for example {@code docker-image}. */
  Set<String> schemes();

  /**
   * Reads an identifier and its attributes. Does not reach out.
   *
   * @throws SolveException with category USER if they do not make sense
   */
  SourceInstance instance(SourceRequest request) throws SolveException;
}
