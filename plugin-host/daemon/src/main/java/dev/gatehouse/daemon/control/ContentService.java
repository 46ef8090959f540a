package dev.gatehouse.daemon.control;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.daemon.history.BuildHistory;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcService;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.protocol.content.Info;
import dev.gatehouse.protocol.content.InfoRequest;
import dev.gatehouse.protocol.content.InfoResponse;
import dev.gatehouse.protocol.content.ReadContentRequest;
import dev.gatehouse.protocol.content.ReadContentResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;

/**
 * {@code containerd.services.content.v1.Content} over the blobs of the build history, for reading.
 */
final class ContentService implements RpcService {
  private static final int CHUNK = 1 << 20;

  private final BuildHistory history;

  ContentService(BuildHistory history) {
    this.history = history;
  }

  @Override
  public String name() {
    return "containerd.services.content.v1.Content";
  }

  @Override
  public Map<String, Kind> methods() {
    return Map.of("Info", Kind.UNARY, "Read", Kind.STREAM);
  }

  @Override
  public byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
      throws RpcException {
    try {
      String digest = InfoRequest.parseFrom(request).getDigest();
      return InfoResponse.newBuilder()
          .setInfo(Info.newBuilder().setDigest(digest).setSize(history.size(digest)))
          .build()
          .toByteArray();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public void stream(String method, RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    byte[] bytes = stream.receive();
    if (bytes == null) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, "the request is missing");
    }
    try {
      ReadContentRequest request = ReadContentRequest.parseFrom(bytes);
      try (InputStream in = history.read(request.getDigest())) {
        in.skipNBytes(request.getOffset());
        long offset = request.getOffset();
        long left = request.getSize() == 0 ? Long.MAX_VALUE : request.getSize();
        byte[] chunk = in.readNBytes((int) Math.min(CHUNK, left));
        while (chunk.length > 0) {
          stream.send(
              ReadContentResponse.newBuilder()
                  .setOffset(offset)
                  .setData(ByteString.copyFrom(chunk))
                  .build()
                  .toByteArray());
          offset += chunk.length;
          left -= chunk.length;
          chunk = in.readNBytes((int) Math.min(CHUNK, left));
        }
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private static RpcException failure(IOException e) {
    StatusCode code =
        switch (e) {
          case NoSuchFileException missing -> StatusCode.NOT_FOUND;
          case InvalidProtocolBufferException unreadable -> StatusCode.INVALID_ARGUMENT;
          default -> StatusCode.UNKNOWN;
        };
    return new RpcException(code, "content: " + e.getMessage(), new byte[0], e);
  }
}
