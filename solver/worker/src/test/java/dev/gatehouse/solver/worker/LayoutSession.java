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
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarWriter;
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.Session;
import dev.gatehouse.solver.worker.session.SessionCallException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A client that offers an OCI layout made in memory, and records which blobs are read. */
final class LayoutSession implements Session {
  static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final List<String> APPLETS =
      List.of("sh", "cat", "sleep", "ls", "echo", "true", "false", "mkdir", "seq", "date", "touch");

  private final Map<String, byte[]> blobs = new HashMap<>();
  private final Map<Digest, String> layers = new HashMap<>();
  final List<Digest> read = Collections.synchronizedList(new ArrayList<>());

  private synchronized Digest add(byte[] blob) {
    Digest digest = Digest.sha256(blob);
    blobs.put(digest.toString(), blob);
    return digest;
  }

  /** A layer with busybox. */
  static byte[] busybox() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(bytes)) {
      for (String directory : List.of("bin/", "etc/", "tmp/")) {
        tar.add(entry(directory, TarEntry.Type.DIRECTORY, 0).build(), new byte[0]);
      }
      byte[] busybox = Files.readAllBytes(BUSYBOX);
      tar.add(entry("bin/busybox", TarEntry.Type.FILE, busybox.length).build(), busybox);
      for (String applet : APPLETS) {
        tar.add(
            entry("bin/" + applet, TarEntry.Type.SYMLINK, 0).linkName("busybox").build(),
            new byte[0]);
      }
    }
    return bytes.toByteArray();
  }

  /** A layer with one file. */
  static byte[] file(String name, String content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] data = content.getBytes(StandardCharsets.UTF_8);
    try (TarWriter tar = new TarWriter(bytes)) {
      tar.add(entry(name, TarEntry.Type.FILE, data.length).build(), data);
    }
    return bytes.toByteArray();
  }

  private static TarEntry.Builder entry(String name, TarEntry.Type type, long size) {
    return TarEntry.builder(name, type).mode(0755).size(size).modified(Instant.EPOCH);
  }

  /** Adds an image of uncompressed layers and gives its reference for {@code oci-layout://}. */
  String image(String name, byte[]... layerTars) {
    StringBuilder descriptors = new StringBuilder();
    StringBuilder diffIds = new StringBuilder();
    String separator = "";
    for (byte[] layer : layerTars) {
      Digest digest = add(layer);
      layers.put(digest, name);
      descriptors.append(
          separator
              + "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\""
              + digest
              + "\",\"size\":"
              + layer.length
              + "}");
      diffIds.append(separator).append('"').append(digest).append('"');
      separator = ",";
    }
    byte[] config =
        ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Env\":[\"PATH=/bin\"]},"
                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                + diffIds
                + "]}}")
            .getBytes(StandardCharsets.UTF_8);
    byte[] manifest =
        ("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
                + "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\""
                + add(config)
                + "\",\"size\":"
                + config.length
                + "},\"layers\":["
                + descriptors
                + "]}")
            .getBytes(StandardCharsets.UTF_8);
    return name + "@" + add(manifest);
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
