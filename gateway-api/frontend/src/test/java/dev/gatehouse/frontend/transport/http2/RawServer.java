package dev.gatehouse.frontend.transport.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.frontend.transport.PipePair;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A server that says what a test says, frame by frame, to a channel of its own. */
final class RawServer implements AutoCloseable {
  static final byte[] NOTHING = {};

  final Http2Channel channel;
  private final PipePair pipes;
  private final InputStream in;
  private final OutputStream out;
  private final HeaderDecoder decoder = new HeaderDecoder(4096);

  /** A frame of the client. */
  record Received(int type, int flags, int stream, byte[] payload) {
    boolean has(int flag) {
      return (flags & flag) != 0;
    }

    int number() {
      return Frame.integer(payload, 0);
    }
  }

  private RawServer() throws IOException {
    pipes = PipePair.open();
    in = pipes.server().getInputStream();
    out = pipes.server().getOutputStream();
    channel =
        Http2Channel.open(
            pipes.client().getInputStream(),
            pipes.client().getOutputStream(),
            "localhost",
            pipes.client());
  }

  /** A connection of which nothing has been said yet. */
  static RawServer silent() throws IOException {
    return new RawServer();
  }

  /** A connection whose beginning has been said and heard. */
  static RawServer begun(int... settings) throws IOException {
    RawServer server = new RawServer();
    assertThat(new String(server.in.readNBytes(24), StandardCharsets.US_ASCII))
        .isEqualTo("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assertThat(server.next().type()).isEqualTo(Frame.SETTINGS);
    assertThat(server.next().type()).isEqualTo(Frame.WINDOW_UPDATE);
    server.send(Frame.settings(settings));
    Received ack = server.next();
    assertThat(ack.type()).isEqualTo(Frame.SETTINGS);
    assertThat(ack.has(Frame.ACK)).isTrue();
    return server;
  }

  boolean send(Frame frame) {
    return send(frame.head())
        && send(Arrays.copyOfRange(frame.body(), frame.offset(), frame.offset() + frame.length()));
  }

  /** Sends; false if the channel, which has heard enough, reads no more. */
  boolean send(byte[] bytes) {
    try {
      out.write(bytes);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  void end() throws IOException {
    out.close();
  }

  Received next() throws IOException {
    byte[] head = in.readNBytes(9);
    assertThat(head).as("a frame's header").hasSize(9);
    int length = (head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | head[2] & 0xff;
    return new Received(head[3], head[4], Frame.integer(head, 5), in.readNBytes(length));
  }

  /** The next frame of a type; others are passed over. */
  Received next(int type) throws IOException {
    Received frame = next();
    while (frame.type() != type) {
      frame = next();
    }
    return frame;
  }

  /** Reads a call's headers and its one message. */
  int call() throws IOException {
    Received headers = next(Frame.HEADERS);
    List<String> names = new ArrayList<>();
    Headers fields = new Headers(1 << 16);
    decoder.decode(headers.payload(), headers.payload().length, fields);
    fields.fields().forEach(field -> names.add(field.name()));
    assertThat(names).contains(":path", "te");
    Received data = next(Frame.DATA);
    while (!data.has(Frame.END_STREAM)) {
      data = next(Frame.DATA);
    }
    return headers.stream();
  }

  void headers(int stream, int flags, String... pairs) {
    send(Frame.of(Frame.HEADERS, flags, stream, block(pairs)));
  }

  /** The headers before messages. */
  void begin(int stream) {
    headers(stream, Frame.END_HEADERS, ":status", "200", "content-type", "application/grpc");
  }

  void message(int stream, byte[] message) {
    send(Frame.of(Frame.DATA, 0, stream, MessageReader.prefixed(message)));
  }

  /** The trailers of a call that went well. */
  void good(int stream) {
    headers(stream, Frame.END_HEADERS | Frame.END_STREAM, "grpc-status", "0");
  }

  static byte[] block(String... pairs) {
    HeaderEncoder encoder = new HeaderEncoder();
    for (int i = 0; i < pairs.length; i += 2) {
      encoder.literal(pairs[i], pairs[i + 1]);
    }
    return encoder.toBytes();
  }

  static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @Override
  public void close() throws IOException {
    channel.close();
    pipes.server().close();
  }
}
