package dev.gatehouse.client.session;

import com.google.protobuf.ByteString;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.protocol.upload.BytesMessage;
import java.io.InputStream;
import java.util.Map;
import java.util.function.Supplier;

/**
 * {@code moby.upload.v1.Upload}: streams that the daemon fetches as {@code
 * http://buildkit-session/ID}.
 */
final class UploadService extends MessageService {
  private static final int CHUNK = 1 << 20;

  UploadService(Map<String, Supplier<InputStream>> uploads) {
    super("moby.upload.v1.Upload");
    streaming(
        "Pull",
        (stream, metadata) -> {
          String path = first(metadata, "urlpath");
          String id = path.substring(path.lastIndexOf('/') + 1);
          Supplier<InputStream> content = uploads.get(id);
          if (content == null) {
            throw new RpcException(StatusCode.NOT_FOUND, "no http response from session for " + id);
          }
          try (InputStream in = content.get()) {
            byte[] chunk;
            while ((chunk = in.readNBytes(CHUNK)).length > 0) {
              stream.send(
                  BytesMessage.newBuilder()
                      .setData(ByteString.copyFrom(chunk))
                      .build()
                      .toByteArray());
            }
          }
        });
  }
}
