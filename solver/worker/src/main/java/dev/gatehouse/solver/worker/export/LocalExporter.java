package dev.gatehouse.solver.worker.export;

import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.worker.session.MessageStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The exporter {@code local}: the files of the result, into a directory of the client. */
final class LocalExporter implements Exporter {
  private static final Map<String, List<String>> WHOLE =
      Map.of("buildkit-exporter-multi-platform", List.of("1"));

  @Override
  public String type() {
    return "local";
  }

  @Override
  public ExporterInstance resolve(int id, Map<String, String> attributes) throws SolveException {
    ExportFiles.Options options = ExportFiles.Options.parse(attributes);
    return new ExporterInstance() {
      @Override
      public String name() {
        return "exporting to client directory";
      }

      @Override
      public ExportResult export(ExportSource source, ExportContext context)
          throws SolveException, IOException, InterruptedException {
        try (ExportFiles files = ExportFiles.of(source, options, context);
            VertexProgress.Part part = context.progress().part("copying files");
            MessageStream stream =
                FileSend.open(context.sessions(), id, options.delete() ? WHOLE : Map.of())) {
          TreeSender.send(stream, files.entries(), part::advance);
          while (stream.receive() != null) {
            // The client answers nothing more, but ends the call when its files are closed.
          }
        }
        return ExportResult.done();
      }
    };
  }
}
