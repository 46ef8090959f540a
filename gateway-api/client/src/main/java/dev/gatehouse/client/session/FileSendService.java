package dev.gatehouse.client.session;

import dev.gatehouse.client.Export;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.protocol.filesync.BytesMessage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code moby.filesync.v1.FileSend}: receives what exporters send, a tree for a directory or bytes
 * for a file.
 */
final class FileSendService extends MessageService {
  private static final String EXPORTER_ID = "buildkit-attachable-exporter-id";
  private static final String MULTI_PLATFORM = "buildkit-exporter-multi-platform";
  private static final String METADATA = "exporter-md-";

  private final Map<Integer, Export> outputs;

  FileSendService(Map<Integer, Export> outputs) {
    super("moby.filesync.v1.FileSend");
    this.outputs = Map.copyOf(outputs);
    streaming("DiffCopy", this::receive);
  }

  private static int exporter(Map<String, List<String>> metadata) {
    try {
      String id = first(metadata, EXPORTER_ID);
      return id.isEmpty() ? 0 : Integer.parseInt(id);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private void receive(RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException, IOException, InterruptedException {
    int id = exporter(metadata);
    Export export = outputs.get(id);
    if (export == null) {
      throw new RpcException(StatusCode.NOT_FOUND, "exporter " + id + " not found");
    }
    Path directory = export.directoryOrNull();
    if (directory != null) {
      boolean delete = "delete".equals(export.attributes().get("mode"));
      if (delete && !first(metadata, MULTI_PLATFORM).equals("1")) {
        throw new RpcException(
            StatusCode.FAILED_PRECONDITION,
            "local exporter mode=delete requires a BuildKit daemon with multi-platform local export"
                + " support");
      }
      new TreeReceiver(stream, directory, delete).run();
      return;
    }
    Export.Output output = export.outputOrNull();
    if (output == null) {
      throw new RpcException(StatusCode.NOT_FOUND, "exporter " + id + " has no output");
    }
    Map<String, String> facts = new LinkedHashMap<>();
    metadata.forEach((key, values) -> {
      if (key.startsWith(METADATA)) {
        facts.put(key.substring(METADATA.length()), String.join(",", values));
      }
    });
    try (OutputStream out = output.open(facts)) {
      BytesMessage message;
      while ((message = receive(stream, BytesMessage.parser())) != null) {
        message.getData().writeTo(out);
      }
    }
  }
}
