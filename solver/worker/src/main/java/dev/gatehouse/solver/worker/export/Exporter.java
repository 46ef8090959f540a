package dev.gatehouse.solver.worker.export;

import dev.gatehouse.solver.core.SolveException;
import java.util.Map;

/**
 * A kind of export, known by its type: {@code image}, {@code oci}, {@code docker}, {@code local},
 * {@code tar}.
 */
public interface Exporter {
  /** The type by which a client asks for it. */
  String type();

  /**
   * Reads the attributes of an export. Does not reach out, so that a mistake shows before anything
   * is built.
   *
   * @param id the position of the export among those of the build; tells the client which of its
   *     targets is meant
   * @throws SolveException with category USER if they do not make sense
   */
  ExporterInstance resolve(int id, Map<String, String> attributes) throws SolveException;
}
