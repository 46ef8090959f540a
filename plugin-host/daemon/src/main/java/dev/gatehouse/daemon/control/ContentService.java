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
import dev.gatehouse.protocol.content.ListContentRequest;
import dev.gatehouse.protocol.content.ListContentResponse;
import dev.gatehouse.protocol.content.ReadContentRequest;
import dev.gatehouse.protocol.content.ReadContentResponse;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.BlobInfo;
import dev.gatehouse.solver.store.BlobReader;
import dev.gatehouse.solver.store.ContentStore;
import dev.gatehouse.solver.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;

/**
 * {@code containerd.services.content.v1.Content} over the blobs of the worker and of the build
 * history, for reading and listing.
 */
final class ContentService implements RpcService {
  private static final int CHUNK = 1 << 20;

  /** Items in a message of a list. */
  private static final int PAGE = 100;

  private final ContentStore content;
  private final BuildHistory history;

  ContentService(ContentStore content, BuildHistory history) {
    this.content = content;
    this.history = history;
  }

  @Override
  public String name() {
    return "containerd.services.content.v1.Content";
  }

  @Override
  public Map<String, Kind> methods() {
    return Map.of("Info", Kind.UNARY, "Read", Kind.STREAM, "List", Kind.STREAM);
  }

  @Override
  public byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
      throws RpcException {
    try {
      String digest = InfoRequest.parseFrom(request).getDigest();
      BlobInfo own = content.info(parse(digest)).orElse(null);
      long size = own == null ? history.size(digest) : own.size();
      return InfoResponse.newBuilder().setInfo(info(digest, size)).build().toByteArray();
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
      if (method.equals("List")) {
        list(ListContentRequest.parseFrom(bytes), stream);
      } else {
        read(ReadContentRequest.parseFrom(bytes), stream);
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private void list(ListContentRequest request, RpcStream stream)
      throws IOException, RpcException, InterruptedException {
    if (request.getFiltersList().stream().anyMatch(filter -> !filter.isEmpty())) {
      throw new RpcException(
          StatusCode.UNIMPLEMENTED, "content: lists by filter are not available in Gatehouse");
    }
    ListContentResponse.Builder page = ListContentResponse.newBuilder();
    for (BlobInfo blob : content.list()) {
      page.addInfo(info(blob.digest().toString(), blob.size()));
      send(stream, page, PAGE);
    }
    for (BuildHistory.Blob blob : history.blobs()) {
      if (!content.contains(parse(blob.digest()))) {
        page.addInfo(info(blob.digest(), blob.size()));
        send(stream, page, PAGE);
      }
    }
    send(stream, page, 1);
  }

  /** Sends the page if it has as many items, and empties it. */
  private static void send(RpcStream stream, ListContentResponse.Builder page, int atLeast)
      throws RpcException, InterruptedException {
    if (page.getInfoCount() >= atLeast) {
      stream.send(page.build().toByteArray());
      page.clear();
    }
  }

  private void read(ReadContentRequest request, RpcStream stream)
      throws IOException, RpcException, InterruptedException {
    Digest digest = parse(request.getDigest());
    if (!content.contains(digest)) {
      try (InputStream in = history.read(request.getDigest())) {
        in.skipNBytes(request.getOffset());
        send(request, in, stream);
      }
      return;
    }
    try (BlobReader blob = content.open(digest);
        InputStream in = blob.stream(request.getOffset())) {
      send(request, in, stream);
    }
  }

  private static void send(ReadContentRequest request, InputStream in, RpcStream stream)
      throws IOException, RpcException, InterruptedException {
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

  private static Info info(String digest, long size) {
    return Info.newBuilder().setDigest(digest).setSize(size).build();
  }

  private static Digest parse(String digest) throws NoSuchFileException {
    try {
      return Digest.parse(digest);
    } catch (IllegalArgumentException e) {
      throw new NoSuchFileException(digest, null, e.getMessage());
    }
  }

  private static RpcException failure(IOException e) {
    StatusCode code =
        switch (e) {
          case NoSuchFileException missing -> StatusCode.NOT_FOUND;
          case StoreException gone when gone.code() == StoreException.Code.NOT_FOUND ->
              StatusCode.NOT_FOUND;
          case InvalidProtocolBufferException unreadable -> StatusCode.INVALID_ARGUMENT;
          default -> StatusCode.UNKNOWN;
        };
    return new RpcException(code, "content: " + e.getMessage(), new byte[0], e);
  }
}
