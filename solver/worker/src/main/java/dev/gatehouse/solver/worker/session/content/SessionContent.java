package dev.gatehouse.solver.worker.session.content;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.content.Info;
import dev.gatehouse.protocol.content.InfoRequest;
import dev.gatehouse.protocol.content.InfoResponse;
import dev.gatehouse.protocol.content.ReadContentRequest;
import dev.gatehouse.protocol.content.ReadContentResponse;
import dev.gatehouse.protocol.content.WriteAction;
import dev.gatehouse.protocol.content.WriteContentRequest;
import dev.gatehouse.protocol.content.WriteContentResponse;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.ContentStore;
import dev.gatehouse.solver.store.Ingest;
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.Session;
import dev.gatehouse.solver.worker.session.SessionCallException;
import dev.gatehouse.solver.worker.session.SessionCallException.Status;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * A content store that a client offers over its session: {@code
 * containerd.services.content.v1.Content}.
 *
 * <p>The client's stores are told apart by an id in the call's header, {@code oci:<id>} for layouts
 * to read, {@code export} to write a result to. Whatever is read is verified by its digest.
 */
public final class SessionContent {
  private static final String INFO = "/containerd.services.content.v1.Content/Info";
  private static final String READ = "/containerd.services.content.v1.Content/Read";
  private static final String WRITE = "/containerd.services.content.v1.Content/Write";
  private static final String STORE_HEADER = "buildkit-attachable-store-id";
  private static final int CHUNK = 1 << 20;

  private final SessionGroup sessions;
  private final Map<String, List<String>> header;

  /**
   * @param storeId the client's name for the store, with its prefix
   */
  public SessionContent(SessionGroup sessions, String storeId) {
    this.sessions = sessions;
    this.header = Map.of(STORE_HEADER, List.of(storeId));
  }

  /** The size of a blob; empty if the store has none of that digest. */
  public Optional<Long> size(Digest digest) throws IOException, InterruptedException {
    return sessions.any(
        INFO,
        session -> {
          try (MessageStream call = session.open(INFO, header)) {
            call.send(InfoRequest.newBuilder().setDigest(digest.toString()).build().toByteArray());
            call.closeSend();
            byte[] answer = call.receive();
            if (answer == null) {
              throw new IOException("client's content store ended the call without an answer");
            }
            Info info = InfoResponse.parseFrom(answer).getInfo();
            return Optional.of(info.getSize());
          } catch (SessionCallException e) {
            if (e.status() == Status.NOT_FOUND) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  /** Takes a blob's bytes as they arrive. */
  private interface Sink {
    void write(byte[] bytes) throws IOException;
  }

  private void read(Session session, Digest digest, long offset, Sink sink)
      throws IOException, InterruptedException {
    try (MessageStream call = session.open(READ, header)) {
      call.send(
          ReadContentRequest.newBuilder()
              .setDigest(digest.toString())
              .setOffset(offset)
              .build()
              .toByteArray());
      call.closeSend();
      for (byte[] m = call.receive(); m != null; m = call.receive()) {
        sink.write(ReadContentResponse.parseFrom(m).getData().toByteArray());
      }
    }
  }

  /** Reads a small blob, such as a manifest. */
  public byte[] read(Digest digest, int limit) throws IOException, InterruptedException {
    byte[] content =
        sessions.any(
            READ,
            session -> {
              ByteArrayOutputStream out = new ByteArrayOutputStream();
              read(
                  session,
                  digest,
                  0,
                  bytes -> {
                    if (out.size() + bytes.length > limit) {
                      throw new IOException("blob " + digest + " exceeds " + limit + " bytes");
                    }
                    out.writeBytes(bytes);
                  });
              return out.toByteArray();
            });
    if (!Digest.sha256(content).equals(digest)) {
      throw new IOException(
          "blob " + digest + " of the client has digest " + Digest.sha256(content));
    }
    return content;
  }

  /** Reads a blob into the worker's content store. */
  public void fetch(Digest digest, long size, ContentStore content, LongConsumer progress)
      throws IOException, InterruptedException {
    try (Ingest ingest = content.ingest("blob-" + digest, Optional.of(digest), size)) {
      if (content.contains(digest)) {
        ingest.abort();
        return;
      }
      if (size < 0 || ingest.offset() < size) {
        sessions.any(
            READ,
            session -> {
              read(
                  session,
                  digest,
                  ingest.offset(),
                  bytes -> {
                    ingest.write(bytes, 0, bytes.length);
                    progress.accept(bytes.length);
                  });
              return true;
            });
      }
      ingest.commit();
    }
  }

  /** Writes a blob to the client's store; one that is there is left as it is. */
  public void write(Digest digest, long size, InputStream in, LongConsumer progress)
      throws IOException, InterruptedException {
    sessions.any(
        WRITE,
        session -> {
          try {
            writeTo(session, digest, size, in, progress);
          } catch (SessionCallException e) {
            if (e.status() != Status.ALREADY_EXISTS) {
              throw e;
            }
          }
          return true;
        });
  }

  private void writeTo(
      Session session, Digest digest, long size, InputStream in, LongConsumer progress)
      throws IOException, InterruptedException {
    String ref = digest.toString();
    try (MessageStream call = session.open(WRITE, header)) {
      WriteContentResponse at =
          exchange(
              call,
              WriteContentRequest.newBuilder()
                  .setAction(WriteAction.STAT)
                  .setRef(ref)
                  .setTotal(size)
                  .setExpected(digest.toString())
                  .build());
      long offset = at.getOffset();
      in.skipNBytes(offset);
      while (offset < size) {
        byte[] chunk = in.readNBytes((int) Math.min(CHUNK, size - offset));
        if (chunk.length == 0) {
          throw new IOException(
              "blob " + digest + " ends after " + offset + " of " + size + " bytes");
        }
        exchange(
            call,
            WriteContentRequest.newBuilder()
                .setAction(WriteAction.WRITE)
                .setRef(ref)
                .setOffset(offset)
                .setData(ByteString.copyFrom(chunk))
                .build());
        offset += chunk.length;
        progress.accept(chunk.length);
      }
      exchange(
          call,
          WriteContentRequest.newBuilder()
              .setAction(WriteAction.COMMIT)
              .setRef(ref)
              .setTotal(size)
              .setOffset(size)
              .setExpected(digest.toString())
              .build());
      call.closeSend();
    }
  }

  private static WriteContentResponse exchange(MessageStream call, WriteContentRequest request)
      throws IOException, InterruptedException {
    call.send(request.toByteArray());
    byte[] answer = call.receive();
    if (answer == null) {
      throw new IOException("client's content store ended the call without an answer");
    }
    return WriteContentResponse.parseFrom(answer);
  }
}
