package dev.gatehouse.client.session;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.Timestamp;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.protocol.content.AbortRequest;
import dev.gatehouse.protocol.content.DeleteContentRequest;
import dev.gatehouse.protocol.content.Info;
import dev.gatehouse.protocol.content.InfoRequest;
import dev.gatehouse.protocol.content.InfoResponse;
import dev.gatehouse.protocol.content.ListContentResponse;
import dev.gatehouse.protocol.content.ListStatusesRequest;
import dev.gatehouse.protocol.content.ListStatusesResponse;
import dev.gatehouse.protocol.content.ReadContentRequest;
import dev.gatehouse.protocol.content.ReadContentResponse;
import dev.gatehouse.protocol.content.Status;
import dev.gatehouse.protocol.content.StatusRequest;
import dev.gatehouse.protocol.content.StatusResponse;
import dev.gatehouse.protocol.content.UpdateRequest;
import dev.gatehouse.protocol.content.UpdateResponse;
import dev.gatehouse.protocol.content.WriteAction;
import dev.gatehouse.protocol.content.WriteContentRequest;
import dev.gatehouse.protocol.content.WriteContentResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code containerd.services.content.v1.Content} over OCI layouts; the header {@code
 * buildkit-attachable-store-id} chooses one.
 *
 * <p>A blob appears whole and with its digest verified, or not at all. Labels are accepted and not
 * kept. Layouts that images are taken from cannot be written.
 */
final class ContentService extends MessageService {
  private static final String STORE = "buildkit-attachable-store-id";
  private static final int CHUNK = 1 << 20;

  /** Begins the ids of layouts that images are taken from. */
  static final String SOURCE = "oci:";

  private final Map<String, OciStore> stores = new LinkedHashMap<>();

  ContentService(Map<String, Path> paths) {
    super("containerd.services.content.v1.Content");
    paths.forEach((id, path) -> stores.put(id, new OciStore(path)));
    unary(
        "Info",
        InfoRequest.parser(),
        (q, m) -> InfoResponse.newBuilder().setInfo(info(store(m), digest(q.getDigest()))).build());
    unary(
        "Update",
        UpdateRequest.parser(),
        (q, m) ->
            UpdateResponse.newBuilder()
                .setInfo(
                    info(store(m), digest(q.getInfo().getDigest())).toBuilder()
                        .putAllLabels(q.getInfo().getLabelsMap()))
                .build());
    unary(
        "Delete",
        DeleteContentRequest.parser(),
        (q, m) -> {
          OciStore store = writable(m);
          if (!Files.deleteIfExists(store.blob(digest(q.getDigest())))) {
            throw notFound("content " + q.getDigest());
          }
          return Empty.getDefaultInstance();
        });
    unary(
        "Status",
        StatusRequest.parser(),
        (q, m) -> {
          Path file = store(m).ingest(q.getRef());
          if (!Files.exists(file)) {
            throw notFound("ingest " + q.getRef());
          }
          return StatusResponse.newBuilder()
              .setStatus(Status.newBuilder().setRef(q.getRef()).setOffset(Files.size(file)))
              .build();
        });
    unary(
        "ListStatuses",
        ListStatusesRequest.parser(),
        (q, m) -> ListStatusesResponse.getDefaultInstance());
    unary(
        "Abort",
        AbortRequest.parser(),
        (q, m) -> {
          Files.deleteIfExists(writable(m).ingest(q.getRef()));
          return Empty.getDefaultInstance();
        });
    streaming("List", this::list);
    streaming("Read", this::read);
    streaming("Write", this::write);
  }

  private static RpcException notFound(String what) {
    return new RpcException(StatusCode.NOT_FOUND, what + ": not found");
  }

  private OciStore store(Map<String, List<String>> metadata) throws RpcException {
    String id = first(metadata, STORE);
    if (id.isEmpty()) {
      throw new RpcException(
          StatusCode.INVALID_ARGUMENT, "request lacks metadata \"" + STORE + "\"");
    }
    OciStore store = stores.get(id);
    if (store == null) {
      throw new RpcException(StatusCode.NOT_FOUND, "unknown store " + id);
    }
    return store;
  }

  /** A store that is lent for writing: those that a build takes images from are not. */
  private OciStore writable(Map<String, List<String>> metadata) throws RpcException {
    OciStore store = store(metadata);
    String id = first(metadata, STORE);
    if (id.startsWith(SOURCE)) {
      throw new RpcException(StatusCode.PERMISSION_DENIED, "store " + id + " is lent for reading");
    }
    return store;
  }

  private static Digest digest(String text) throws RpcException {
    return Digest.parse(text)
        .orElseThrow(
            () -> new RpcException(StatusCode.INVALID_ARGUMENT, "no digest: \"" + text + "\""));
  }

  private static Timestamp timestamp(Instant t) {
    return Timestamp.newBuilder().setSeconds(t.getEpochSecond()).setNanos(t.getNano()).build();
  }

  private static Info info(OciStore store, Digest digest) throws RpcException, IOException {
    Path file = store.blob(digest);
    if (!Files.isRegularFile(file)) {
      throw notFound("content " + digest);
    }
    Timestamp time = timestamp(Files.getLastModifiedTime(file).toInstant());
    return Info.newBuilder()
        .setDigest(digest.value())
        .setSize(Files.size(file))
        .setCreatedAt(time)
        .setUpdatedAt(time)
        .build();
  }

  private void list(RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException, IOException, InterruptedException {
    stream.receive();
    OciStore store = store(metadata);
    ListContentResponse.Builder b = ListContentResponse.newBuilder();
    for (Digest digest : store.blobs()) {
      b.addInfo(info(store, digest));
      if (b.getInfoCount() == 100) {
        stream.send(b.build().toByteArray());
        b.clear();
      }
    }
    if (b.getInfoCount() > 0) {
      stream.send(b.build().toByteArray());
    }
  }

  private void read(RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException, IOException, InterruptedException {
    ReadContentRequest request = receive(stream, ReadContentRequest.parser());
    if (request == null) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, "the request is missing");
    }
    Digest digest = digest(request.getDigest());
    try (InputStream in = Files.newInputStream(store(metadata).blob(digest))) {
      in.skipNBytes(request.getOffset());
      long left = request.getSize() <= 0 ? Long.MAX_VALUE : request.getSize();
      long offset = request.getOffset();
      byte[] chunk;
      while (left > 0 && (chunk = in.readNBytes((int) Math.min(CHUNK, left))).length > 0) {
        stream.send(
            ReadContentResponse.newBuilder()
                .setOffset(offset)
                .setData(ByteString.copyFrom(chunk))
                .build()
                .toByteArray());
        offset += chunk.length;
        left -= chunk.length;
      }
    } catch (NoSuchFileException e) {
      throw notFound("content " + digest);
    } catch (java.io.EOFException e) {
      throw new RpcException(StatusCode.OUT_OF_RANGE, "read past the end of " + digest);
    }
  }

  private void write(RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException, IOException, InterruptedException {
    OciStore store = writable(metadata);
    WriteContentRequest request = receive(stream, WriteContentRequest.parser());
    if (request == null) {
      return;
    }
    String reference = request.getRef();
    if (reference.isEmpty()) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, "first message must have a reference");
    }
    String expected = request.getExpected();
    if (!expected.isEmpty() && Files.exists(store.blob(digest(expected)))) {
      throw new RpcException(StatusCode.ALREADY_EXISTS, "content " + expected + ": already exists");
    }
    long total = request.getTotal();
    Path file = store.ingest(reference);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.position(channel.size());
      while (request != null) {
        if (!request.getExpected().isEmpty()) {
          expected = request.getExpected();
        }
        if (request.getTotal() > 0) {
          total = request.getTotal();
        }
        WriteContentResponse.Builder answer =
            WriteContentResponse.newBuilder().setAction(request.getAction()).setTotal(total);
        if (request.getAction() != WriteAction.STAT) {
          if (!request.getData().isEmpty()) {
            data(channel, request);
          } else if (request.getAction() == WriteAction.WRITE
              && request.getOffset() < channel.size()) {
            channel.truncate(request.getOffset());
          }
        }
        answer.setOffset(channel.size());
        if (request.getAction() == WriteAction.COMMIT) {
          channel.force(true);
          Digest committed = commit(store, file, expected, total);
          stream.send(answer.setDigest(committed.value()).build().toByteArray());
          return;
        }
        stream.send(answer.build().toByteArray());
        request = receive(stream, WriteContentRequest.parser());
      }
    }
  }

  private static void data(FileChannel channel, WriteContentRequest request)
      throws RpcException, IOException {
    if (request.getOffset() > channel.size()) {
      throw new RpcException(
          StatusCode.OUT_OF_RANGE,
          "write @" + request.getOffset() + " must occur at current offset " + channel.size());
    }
    if (request.getOffset() < channel.size()) {
      channel.truncate(request.getOffset());
    }
    channel.position(request.getOffset());
    ByteBuffer data = request.getData().asReadOnlyByteBuffer();
    while (data.hasRemaining()) {
      channel.write(data);
    }
  }

  private static Digest commit(OciStore store, Path file, String expected, long total)
      throws RpcException, IOException {
    long size = Files.size(file);
    if (total > 0 && size != total) {
      throw new RpcException(
          StatusCode.FAILED_PRECONDITION, "unexpected commit size " + size + ", expected " + total);
    }
    String algorithm = expected.isEmpty() ? "sha256" : digest(expected).algorithm();
    Digest actual;
    try (DigestInputStream in =
        new DigestInputStream(
            Files.newInputStream(file),
            MessageDigest.getInstance("SHA-" + algorithm.substring(3)))) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
      actual =
          new Digest(algorithm + ":" + HexFormat.of().formatHex(in.getMessageDigest().digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-2", e);
    }
    if (!expected.isEmpty() && !actual.value().equals(expected)) {
      Files.deleteIfExists(file);
      throw new RpcException(
          StatusCode.FAILED_PRECONDITION,
          "unexpected commit digest " + actual + ", expected " + expected);
    }
    Path blob = store.blob(actual);
    Files.createDirectories(blob.getParent());
    Files.move(file, blob, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return actual;
  }
}
