package dev.gatehouse.solver.worker;

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
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.Session;
import dev.gatehouse.solver.worker.session.SessionCallException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A client that offers an OCI layout made in memory, and records which blobs are read. */
final class LayoutSession implements Session {
  private final Map<String, byte[]> blobs = new HashMap<>();
  private final Map<Digest, String> layers = new HashMap<>();
  final List<Digest> read = Collections.synchronizedList(new ArrayList<>());

  private synchronized Digest add(byte[] blob) {
    Digest digest = Digest.sha256(blob);
    blobs.put(digest.toString(), blob);
    return digest;
  }

  /** Adds an image of uncompressed layers and gives its reference for {@code oci-layout://}. */
  String image(String name, byte[]... layerTars) {
    List<Digest> diffIds = new ArrayList<>();
    List<String> descriptors = new ArrayList<>();
    for (byte[] layer : layerTars) {
      Digest digest = add(layer);
      layers.put(digest, name);
      diffIds.add(digest);
      descriptors.add(TestImages.descriptor("application/vnd.oci.image.layer.v1.tar", layer));
    }
    byte[] config = TestImages.config(diffIds);
    add(config);
    return name + "@" + add(TestImages.manifest(config, descriptors));
  }

  /** A blob that a build wrote, or one of an image. */
  synchronized byte[] blob(Digest digest) {
    return blobs.get(digest.toString());
  }

  /** How many times a layer was read since the last call. */
  synchronized int layersRead() {
    synchronized (read) {
      int count = (int) read.stream().filter(layers::containsKey).count();
      read.clear();
      return count;
    }
  }

  @Override
  public String id() {
    return "layout";
  }

  @Override
  public boolean supports(String method) {
    return method.startsWith("/containerd.services.content.v1.Content/");
  }

  @Override
  public byte[] call(String method, byte[] request) throws IOException {
    throw new IOException("only streams are expected");
  }

  @Override
  public MessageStream open(String method, Map<String, List<String>> metadata) {
    return new Answer(method);
  }

  private final class Answer implements MessageStream {
    private final String method;
    private final Deque<byte[]> answers = new ArrayDeque<>();

    private Answer(String method) {
      this.method = method;
    }

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Override
    public void send(byte[] message) throws IOException {
      if (method.endsWith("/Write")) {
        WriteContentRequest request = WriteContentRequest.parseFrom(message);
        if (request.getAction() == WriteAction.WRITE) {
          written.writeBytes(request.getData().toByteArray());
        } else if (request.getAction() == WriteAction.COMMIT) {
          if (!add(written.toByteArray()).toString().equals(request.getExpected())) {
            throw new IOException("not the blob that was announced");
          }
        }
        answers.add(
            WriteContentResponse.newBuilder().setOffset(written.size()).build().toByteArray());
        return;
      }
      if (method.endsWith("/Info")) {
        String digest = InfoRequest.parseFrom(message).getDigest();
        byte[] blob = find(digest);
        answers.add(
            InfoResponse.newBuilder()
                .setInfo(Info.newBuilder().setDigest(digest).setSize(blob.length))
                .build()
                .toByteArray());
        return;
      }
      ReadContentRequest request = ReadContentRequest.parseFrom(message);
      byte[] blob = find(request.getDigest());
      read.add(Digest.parse(request.getDigest()));
      for (int at = (int) request.getOffset(); at < blob.length; at += 1 << 20) {
        answers.add(
            ReadContentResponse.newBuilder()
                .setOffset(at)
                .setData(ByteString.copyFrom(blob, at, Math.min(1 << 20, blob.length - at)))
                .build()
                .toByteArray());
      }
    }

    private byte[] find(String digest) throws SessionCallException {
      byte[] blob = blob(Digest.parse(digest));
      if (blob == null) {
        throw new SessionCallException(SessionCallException.Status.NOT_FOUND, digest);
      }
      return blob;
    }

    @Override
    public void closeSend() {}

    @Override
    public byte[] receive() {
      return answers.poll();
    }

    @Override
    public void close() {}
  }
}
