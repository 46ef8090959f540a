package dev.gatehouse.frontend.transport.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.PipePair;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The channel against a server that does as it pleases. */
@Timeout(120)
class Http2ChannelTest {
  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

  // Settings: RFC 9113, section 6.5.2.
  private static final int MAX_CONCURRENT_STREAMS = 3;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int MAX_FRAME_SIZE = 5;

  /** A call on a thread of its own. */
  private static final class Running extends FutureTask<byte[]> {
    final Thread thread = new Thread(this, "caller");

    Running(RawServer server, byte[] request) {
      super(() -> server.channel.call("/s/m", request, Map.of("k", List.of("v"))));
      thread.setDaemon(true);
      thread.start();
    }

    Throwable failure() throws InterruptedException {
      try {
        get();
        throw new AssertionError("the call went well");
      } catch (ExecutionException e) {
        return e.getCause();
      }
    }

    RpcException status() throws InterruptedException {
      return (RpcException) failure();
    }
  }

  private static Running call(RawServer server) {
    return new Running(server, HELLO);
  }

  @Test
  void anAnswerInPaddedAndSplitFrames() throws Exception {
    try (RawServer server = RawServer.begun()) {
      Running call = call(server);
      int id = server.call();
      // As many frames as a server may make of it: padding, priority, continuations, an
      // informational answer first, frames of unknown types.
      server.headers(id, Frame.END_HEADERS, ":status", "103");
      byte[] block = RawServer.block(":status", "200", "content-type", "application/grpc+proto");
      byte[] padding = new byte[3];
      server.send(
          Frame.of(
              Frame.HEADERS,
              Frame.PADDED | Frame.PRIORITY,
              id,
              RawServer.joined(new byte[] {3}, new byte[5], Arrays.copyOf(block, 10), padding)));
      server.send(Frame.of(Frame.CONTINUATION, 0, id, Arrays.copyOfRange(block, 10, 20)));
      server.send(
          Frame.of(
              Frame.CONTINUATION,
              Frame.END_HEADERS,
              id,
              Arrays.copyOfRange(block, 20, block.length)));
      server.send(Frame.of(0x2a, 0xff, id, HELLO));
      server.send(Frame.of(2, 0, id, new byte[5]));
      byte[] message = MessageReader.prefixed(HELLO);
      for (int i = 0; i < message.length; i++) {
        server.send(
            Frame.of(
                Frame.DATA,
                Frame.PADDED,
                id,
                RawServer.joined(new byte[] {3, message[i]}, padding)));
      }
      server.good(id);
      assertThat(call.get()).isEqualTo(HELLO);
    }
  }

  @Test
  void pingsAreAnswered() throws Exception {
    try (RawServer server = RawServer.begun()) {
      server.send(Frame.of(Frame.PING, 0, 0, new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
      RawServer.Received pong = server.next();
      assertThat(pong.type()).isEqualTo(Frame.PING);
      assertThat(pong.has(Frame.ACK)).isTrue();
      assertThat(pong.payload()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    }
  }

  @Test
  void failuresComeWithMessageAndDetails() throws Exception {
    try (RawServer server = RawServer.begun()) {
      Running call = call(server);
      server.headers(
          server.call(),
          Frame.END_HEADERS | Frame.END_STREAM,
          ":status",
          "200",
          "content-type",
          "application/grpc",
          "grpc-status",
          "5",
          "grpc-message",
          "no %E2%82%AC, 100%% %zz",
          "grpc-status-details-bin",
          "aGk");
      RpcException e = call.status();
      assertThat(e.status()).isEqualTo(StatusCode.NOT_FOUND);
      assertThat(e).hasMessage("no €, 100%% %zz");
      assertThat(e.details()).asString().isEqualTo("hi");
    }
  }

  @Test
  void failuresInTheWordsOfHttp() throws Exception {
    check(StatusCode.UNAVAILABLE, "HTTP status 503", ":status", "503");
    check(StatusCode.UNIMPLEMENTED, "HTTP status 404", ":status", "404");
    check(StatusCode.UNKNOWN, "type text/html", ":status", "200", "content-type", "text/html");
    check(StatusCode.UNKNOWN, "without a status", "x", "y");
    check(StatusCode.UNKNOWN, "99", "grpc-status", "99", "grpc-message", "99");
    check(StatusCode.UNKNOWN, "UNKNOWN", "grpc-status", "many");
  }

  private static void check(StatusCode status, String message, String... headers) throws Exception {
    for (int flags : new int[] {Frame.END_HEADERS, Frame.END_HEADERS | Frame.END_STREAM}) {
      if (flags == Frame.END_HEADERS && !headers[0].equals(":status")) {
        continue;
      }
      try (RawServer server = RawServer.begun()) {
        Running call = call(server);
        server.headers(server.call(), flags, headers);
        RpcException e = call.status();
        assertThat(e.status()).isEqualTo(status);
        assertThat(e).hasMessageContaining(message);
      }
    }
  }

  @Test
  void sendingKeepsWithinTheWindows() throws Exception {
    try (RawServer server = RawServer.begun(INITIAL_WINDOW_SIZE, 10, MAX_FRAME_SIZE, 20000)) {
      byte[] request = new byte[100_000];
      new Random(1).nextBytes(request);
      Running call = new Running(server, request);
      int id = server.next(Frame.HEADERS).stream();
      byte[] got = server.next(Frame.DATA).payload();
      assertThat(got).hasSize(10);
      // More by a setting for all calls, then by a window for this one: 70,000 in all, of which
      // the connection's own window allows 65,535.
      server.send(Frame.settings(INITIAL_WINDOW_SIZE, 20));
      got = RawServer.joined(got, server.next(Frame.DATA).payload());
      assertThat(got).hasSize(20);
      server.send(Frame.of(Frame.WINDOW_UPDATE, id, 69_980));
      while (got.length < 65_535) {
        byte[] more = server.next(Frame.DATA).payload();
        assertThat(more).hasSizeLessThanOrEqualTo(20_000);
        got = RawServer.joined(got, more);
      }
      assertThat(got).hasSize(65_535);
      server.send(Frame.of(Frame.WINDOW_UPDATE, 0, 1 << 20));
      got = RawServer.joined(got, server.next(Frame.DATA).payload());
      assertThat(got).hasSize(70_000);
      server.send(Frame.of(Frame.WINDOW_UPDATE, id, 1 << 20));
      RawServer.Received data;
      do {
        data = server.next(Frame.DATA);
        got = RawServer.joined(got, data.payload());
      } while (!data.has(Frame.END_STREAM));
      assertThat(got).isEqualTo(MessageReader.prefixed(request));
      server.begin(id);
      server.message(id, HELLO);
      server.good(id);
      assertThat(call.get()).isEqualTo(HELLO);
    }
  }

  @Test
  void receivingGrantsAsMessagesAreTaken() throws Exception {
    try (RawServer server = RawServer.begun();
        RpcStream stream = server.channel.open("/s/m", Map.of())) {
      int id = server.next(Frame.HEADERS).stream();
      server.begin(id);
      byte[] message = new byte[16_000];
      int sent = 0;
      while (sent + 16_005 <= ClientStream.WINDOW) {
        server.message(id, message);
        sent += 16_005;
      }
      // Nothing was taken, so nothing is granted: a ping's answer is all that comes.
      server.send(Frame.of(Frame.PING, 0, 0, new byte[8]));
      assertThat(server.next().type()).isEqualTo(Frame.PING);
      for (int i = 0; i < sent / 16_005; i++) {
        assertThat(stream.receive()).hasSize(16_000);
      }
      RawServer.Received grant = server.next();
      assertThat(grant.type()).isEqualTo(Frame.WINDOW_UPDATE);
      assertThat(grant.stream()).isEqualTo(id);
      assertThat(grant.number()).isEqualTo(sent);
      // Who sends more than that is told off.
      for (int i = 0; i <= ClientStream.WINDOW / 16_005 + 1; i++) {
        server.message(id, message);
      }
      assertThat(server.next(Frame.GOAWAY).payload()[7])
          .isEqualTo((byte) Http2Exception.FLOW_CONTROL);
    }
  }

  @Test
  void answersAreLimited() throws Exception {
    try (RawServer server = RawServer.begun()) {
      Running call = call(server);
      int id = server.call();
      server.begin(id);
      byte[] prefix = {0, 1, 0, 0, 1};
      server.send(Frame.of(Frame.DATA, 0, id, prefix));
      RpcException e = call.status();
      assertThat(e.status()).isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
      assertThat(e).hasMessage("answer of 16777217 bytes is larger than the limit of 16777216");
      assertThat(server.next(Frame.RST_STREAM).number()).isEqualTo(Http2Exception.CANCEL);
      // The call is over, the connection is not.
      Running next = call(server);
      id = server.call();
      server.begin(id);
      server.send(Frame.of(Frame.DATA, 0, id, new byte[] {1, 0, 0, 0, 0}));
      assertThat(next.status()).hasMessageContaining("compressed");
      byte[] large = new byte[RpcChannel.MAX_MESSAGE + 1];
      assertThat(new Running(server, large).status().status())
          .isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
    }
  }

  @Test
  void anInterruptedCallerCancelsItsCall() throws Exception {
    try (RawServer server = RawServer.begun()) {
      Running call = call(server);
      int id = server.call();
      call.thread.interrupt();
      assertThat(call.failure()).isInstanceOf(InterruptedException.class);
      RawServer.Received reset = server.next();
      assertThat(reset.type()).isEqualTo(Frame.RST_STREAM);
      assertThat(reset.stream()).isEqualTo(id);
      // What was on its way comes too late and harms nothing.
      server.begin(id);
      server.message(id, HELLO);
      server.good(id);
      Running next = call(server);
      id = server.call();
      server.begin(id);
      server.message(id, HELLO);
      server.good(id);
      assertThat(next.get()).isEqualTo(HELLO);
    }
  }

  @Test
  void aSenderThatWaitsCanBeInterrupted() throws Exception {
    try (RawServer server = RawServer.begun(INITIAL_WINDOW_SIZE, 3)) {
      Running call = call(server);
      assertThat(server.next(Frame.DATA).payload()).hasSize(3);
      call.thread.interrupt();
      assertThat(call.failure()).isInstanceOf(InterruptedException.class);
      assertThat(server.next().type()).isEqualTo(Frame.RST_STREAM);
    }
  }

  @Test
  void callsWaitForAPlace() throws Exception {
    try (RawServer server = RawServer.begun(MAX_CONCURRENT_STREAMS, 1)) {
      Running first = call(server);
      int id = server.call();
      Running second = call(server);
      while (second.thread.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      server.begin(id);
      server.message(id, HELLO);
      server.good(id);
      first.get();
      int next = server.call();
      assertThat(next).isEqualTo(id + 2);
      server.begin(next);
      server.message(next, NOTHING);
      server.good(next);
      assertThat(second.get()).isEmpty();
    }
  }

  private static final byte[] NOTHING = RawServer.NOTHING;

  @Test
  void resetsAndGoodbyesEndCalls() throws Exception {
    try (RawServer server = RawServer.begun()) {
      Running refused = call(server);
      server.send(Frame.of(Frame.RST_STREAM, server.call(), Http2Exception.REFUSED_STREAM));
      assertThat(refused.status().status()).isEqualTo(StatusCode.UNAVAILABLE);

      Running served = call(server);
      int id = server.call();
      Running late = call(server);
      int other = server.call();
      byte[] goodbye = RawServer.joined(new byte[8], "enough".getBytes(StandardCharsets.UTF_8));
      goodbye[3] = (byte) id;
      server.send(Frame.of(Frame.GOAWAY, 0, 0, goodbye));
      assertThat(other).isGreaterThan(id);
      assertThat(late.status()).hasMessageContaining("enough");
      assertThat(late.status().status()).isEqualTo(StatusCode.UNAVAILABLE);
      server.begin(id);
      server.message(id, HELLO);
      server.good(id);
      assertThat(served.get()).isEqualTo(HELLO);
      assertThat(call(server).status()).hasMessageContaining("enough");
    }
  }

  @Test
  void theEndOfTheInputClosesTheChannelsEndToo() throws Exception {
    PipePair pipes = PipePair.open();
    CountDownLatch closed = new CountDownLatch(1);
    try (Http2Channel channel =
        Http2Channel.open(
            pipes.client().getInputStream(),
            pipes.client().getOutputStream(),
            "localhost",
            closed::countDown)) {
      pipes.server().getOutputStream().close();
      assertThat(closed.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(catchThrowable(() -> channel.call("/s/m", HELLO)))
          .isInstanceOf(RpcException.class);
    }
  }

  @Test
  void onlyAnswersCountAsAnswers() throws Exception {
    FrameWriter writer = new FrameWriter(new ByteArrayOutputStream());
    for (int i = 0; i < 20_000; i++) {
      writer.add(Frame.of(Frame.DATA, 0, 1, HELLO));
    }
    Frame ping = Frame.of(Frame.PING, Frame.ACK, 0, new byte[8]);
    for (int i = 0; i < 10_000; i++) {
      writer.answer(ping);
    }
    assertThat(catchThrowable(() -> writer.answer(ping))).isInstanceOf(Http2Exception.class);
  }

  @Test
  void theEndOfTheInputEndsCalls() throws Exception {
    try (RawServer server = RawServer.begun()) {
      Running call = call(server);
      server.call();
      server.end();
      assertThat(call.status().status()).isEqualTo(StatusCode.UNAVAILABLE);
      assertThat(call(server).status().status()).isEqualTo(StatusCode.UNAVAILABLE);
    }
  }

  @Test
  void closingEndsCalls() throws Exception {
    try (RawServer server = RawServer.begun()) {
      Running call = call(server);
      server.call();
      server.channel.close();
      assertThat(call.status().status()).isEqualTo(StatusCode.CANCELLED);
    }
  }

  @Test
  void aStreamHasTwoDirections() throws Exception {
    try (RawServer server = RawServer.begun();
        RpcStream stream = server.channel.open("/s/m", Map.of())) {
      int id = server.next(Frame.HEADERS).stream();
      server.begin(id);
      for (int i = 0; i < 3; i++) {
        stream.send(new byte[] {(byte) i});
        assertThat(server.next().payload()).containsExactly(0, 0, 0, 0, 1, i);
        server.message(id, new byte[] {(byte) i, (byte) i});
        assertThat(stream.receive()).containsExactly(i, i);
      }
      stream.closeSend();
      assertThat(server.next().has(Frame.END_STREAM)).isTrue();
      assertThat(catchThrowable(() -> stream.send(HELLO))).hasMessageContaining("closed");
      server.good(id);
      assertThat(stream.receive()).isNull();
      assertThat(stream.receive()).isNull();
    }
  }

  @Test
  void anAnswerBeforeTheRequestsEndStopsTheSender() throws Exception {
    try (RawServer server = RawServer.begun();
        RpcStream stream = server.channel.open("/s/m", Map.of())) {
      int id = server.next(Frame.HEADERS).stream();
      server.headers(id, Frame.END_HEADERS | Frame.END_STREAM, "grpc-status", "7");
      assertThat(server.next().type()).isEqualTo(Frame.RST_STREAM);
      RpcException e = catchThrowableOfType(RpcException.class, () -> stream.send(HELLO));
      assertThat(e.status()).isEqualTo(StatusCode.PERMISSION_DENIED);
    }
  }

  /** What breaks the rules, with the error code that it is answered with. */
  @Test
  void brokenRulesEndTheConnection() throws Exception {
    byte[] block = RawServer.block(":status", "200");
    Map<List<Frame>, Integer> wrong =
        Map.ofEntries(
            Map.entry(List.of(Frame.of(Frame.PUSH_PROMISE, 0, 1, new byte[4])), 1),
            Map.entry(List.of(Frame.of(Frame.HEADERS, Frame.END_HEADERS, 2, block)), 1),
            Map.entry(List.of(Frame.of(Frame.HEADERS, Frame.END_HEADERS, 0, block)), 1),
            Map.entry(List.of(Frame.of(Frame.HEADERS, Frame.END_HEADERS, 99, block)), 1),
            Map.entry(List.of(Frame.of(Frame.DATA, 0, 99, HELLO)), 1),
            Map.entry(List.of(Frame.of(Frame.DATA, Frame.PADDED, 1, new byte[] {1})), 1),
            Map.entry(List.of(Frame.of(Frame.DATA, Frame.PADDED, 1, NOTHING)), 1),
            Map.entry(List.of(Frame.of(Frame.HEADERS, Frame.PADDED, 1, new byte[] {9, 1})), 1),
            Map.entry(List.of(Frame.of(Frame.HEADERS, Frame.PADDED, 1, NOTHING)), 1),
            Map.entry(List.of(Frame.of(Frame.HEADERS, Frame.PRIORITY, 1, new byte[4])), 1),
            Map.entry(List.of(Frame.of(Frame.CONTINUATION, 0, 1, block)), 1),
            Map.entry(
                List.of(
                    Frame.of(Frame.HEADERS, 0, 1, block), Frame.of(Frame.PING, 0, 0, new byte[8])),
                1),
            Map.entry(
                List.of(
                    Frame.of(Frame.HEADERS, 0, 1, block),
                    Frame.of(Frame.CONTINUATION, Frame.END_HEADERS, 3, block)),
                1),
            Map.entry(List.of(Frame.of(Frame.HEADERS, Frame.END_HEADERS, 1, new byte[] {-1})), 9),
            Map.entry(List.of(Frame.of(Frame.DATA, 0, 1, new byte[16_385])), 6),
            Map.entry(List.of(Frame.of(Frame.PING, 0, 0, new byte[7])), 6),
            Map.entry(List.of(Frame.of(Frame.SETTINGS, 0, 0, new byte[7])), 6),
            Map.entry(List.of(Frame.of(Frame.RST_STREAM, 0, 1, new byte[3])), 6),
            Map.entry(List.of(Frame.of(Frame.RST_STREAM, 0, 8)), 1),
            Map.entry(List.of(Frame.of(Frame.GOAWAY, 0, 0, new byte[7])), 6),
            Map.entry(List.of(Frame.of(Frame.WINDOW_UPDATE, 0, 0)), 1),
            Map.entry(List.of(Frame.of(Frame.WINDOW_UPDATE, 0, Integer.MAX_VALUE)), 3),
            Map.entry(List.of(Frame.of(Frame.WINDOW_UPDATE, 1, Integer.MAX_VALUE)), 3),
            Map.entry(List.of(Frame.of(Frame.WINDOW_UPDATE, 99, 1)), 1),
            Map.entry(List.of(Frame.settings(INITIAL_WINDOW_SIZE, -1)), 3),
            Map.entry(List.of(Frame.settings(MAX_FRAME_SIZE, 16_383)), 1),
            Map.entry(List.of(Frame.settings(MAX_FRAME_SIZE, 1 << 24)), 1));
    for (Map.Entry<List<Frame>, Integer> each : wrong.entrySet()) {
      try (RawServer server = RawServer.begun()) {
        Running call = call(server);
        server.call();
        for (Frame frame : each.getKey()) {
          server.send(frame);
        }
        byte[] goodbye = server.next(Frame.GOAWAY).payload();
        assertThat(Frame.integer(goodbye, 4))
            .as(each.getKey().toString())
            .isEqualTo(each.getValue());
        assertThat(call.status().status()).isEqualTo(StatusCode.UNAVAILABLE);
      }
    }
  }

  @Test
  void aHeaderBlockWithoutEndIsCutOff() throws Exception {
    try (RawServer server = RawServer.begun()) {
      Running call = call(server);
      int id = server.call();
      server.send(Frame.of(Frame.HEADERS, 0, id, new byte[16_384]));
      Thread sender =
          new Thread(() -> {
            Frame more = Frame.of(Frame.CONTINUATION, 0, id, new byte[16_384]);
            while (server.send(more)) {
              // until the other end has had enough
            }
          });
      sender.start();
      assertThat(Frame.integer(server.next(Frame.GOAWAY).payload(), 4))
          .isEqualTo(Http2Exception.ENHANCE_YOUR_CALM);
      assertThat(call.status()).hasMessageContaining("too large");
      server.close();
      sender.join();
    }
  }

  @Test
  void bytesOfAnyKindEndTheCallOrAreNothing() throws Exception {
    Random random = new Random(9113);
    for (int round = 0; round < 200; round++) {
      try (RawServer server = RawServer.begun()) {
        Running call = call(server);
        int id = server.call();
        for (int i = 0; i < 30; i++) {
          byte[] payload = new byte[random.nextInt(40)];
          random.nextBytes(payload);
          server.send(
              Frame.of(random.nextInt(11), random.nextInt(256), random.nextInt(2) * id, payload));
        }
        server.end();
        assertThat(call.failure()).isInstanceOf(RpcException.class);
      }
    }
  }

  @Test
  void textInsteadOfHttpIsShown() throws Exception {
    for (String text : List.of("x", "Error: no such thing\n", "HTTP/1.1 400 Bad Request\r\n\r\n")) {
      try (RawServer server = RawServer.silent()) {
        server.send(text.getBytes(StandardCharsets.US_ASCII));
        server.end();
        RpcException e = call(server).status();
        assertThat(e.status()).isEqualTo(StatusCode.UNAVAILABLE);
        assertThat(e).hasMessageContaining("it began with \"" + text.replaceAll("[\r\n]", "?"));
      }
    }
  }

  @Test
  void manyThreadsShareAStream() throws Exception {
    try (RawServer server = RawServer.begun();
        RpcStream stream = server.channel.open("/s/m", Map.of())) {
      int id = server.next(Frame.HEADERS).stream();
      CompletableFuture<byte[]> received =
          CompletableFuture.supplyAsync(() -> {
            try {
              byte[] all = NOTHING;
              while (true) {
                RawServer.Received data = server.next(Frame.DATA);
                if (data.has(Frame.END_STREAM)) {
                  return all;
                }
                all = RawServer.joined(all, data.payload());
                server.send(Frame.of(Frame.WINDOW_UPDATE, 0, Math.max(1, data.payload().length)));
                server.send(Frame.of(Frame.WINDOW_UPDATE, id, Math.max(1, data.payload().length)));
              }
            } catch (java.io.IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
      Thread[] senders = new Thread[4];
      for (int i = 0; i < senders.length; i++) {
        byte[] message = new byte[50_000 + i];
        Arrays.fill(message, (byte) i);
        senders[i] =
            new Thread(() -> {
              try {
                for (int n = 0; n < 5; n++) {
                  stream.send(message);
                }
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
        senders[i].start();
      }
      for (Thread sender : senders) {
        sender.join();
      }
      stream.closeSend();
      java.util.ArrayDeque<byte[]> messages = new java.util.ArrayDeque<>();
      byte[] all = received.get();
      new MessageReader().read(all, 0, all.length, messages);
      assertThat(messages).hasSize(20);
      for (byte[] message : messages) {
        byte[] expected = new byte[message.length];
        Arrays.fill(expected, (byte) (message.length - 50_000));
        assertThat(message).isEqualTo(expected);
      }
    }
  }
}
