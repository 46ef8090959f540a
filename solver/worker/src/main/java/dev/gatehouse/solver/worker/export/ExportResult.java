package dev.gatehouse.solver.worker.export;

import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.solver.core.SolveException;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * What an export tells.
 *
 * @param response for the client: {@code containerimage.digest}, {@code image.name} and so on
 * @param descriptor of the image or index that was made, if one was
 * @param finish what is left to be done once all exports of the build succeeded so far: pushing.
 *     Must be run for the export to be complete, or else be abandoned
 */
public record ExportResult(
    Map<String, String> response, Optional<Descriptor> descriptor, Optional<Finish> finish) {
  public ExportResult {
    response = Map.copyOf(response);
  }

  /** An export that is complete and tells nothing. */
  public static ExportResult done() {
    return new ExportResult(Map.of(), Optional.empty(), Optional.empty());
  }

  /** The last step of an export. One of its methods is called, once. */
  public interface Finish {
    /** What people see, such as {@code pushing example.com/app:1}. */
    String name();

    /**
     * Completes the export.
     *
     * @param context of this step, which may be another than that of the export itself
     */
    void run(ExportContext context) throws SolveException, IOException, InterruptedException;

    /** Gives the export up, because another failed; what it holds is let go. */
    void abandon();
  }
}
