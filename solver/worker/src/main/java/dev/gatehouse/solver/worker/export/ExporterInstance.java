package dev.gatehouse.solver.worker.export;

import dev.gatehouse.solver.core.SolveException;
import java.io.IOException;

/** One export of a build. */
public interface ExporterInstance {
  /** What people see, such as {@code exporting to image}. */
  String name();

  /**
   * Takes the result to its destination. Layers that are missing are computed, those that exist are
   * used as they are.
   *
   * @param source the result; its references stay the caller's
   */
  ExportResult export(ExportSource source, ExportContext context)
      throws SolveException, IOException, InterruptedException;
}
