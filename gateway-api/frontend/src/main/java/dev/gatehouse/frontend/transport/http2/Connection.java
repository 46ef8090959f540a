package dev.gatehouse.frontend.transport.http2;

import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * The state that the calls of a connection share: which there are, and how much either end may
 * send.
 *
 * <p>The reading thread takes frames to their calls and answers what must be answered. Data is put
 * into the writer's queue under this lock, by the thread that sends it and within the windows that
 * the other end gave; a call that is over puts nothing there any more.
 */
final class Connection {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  // Settings: RFC 9113, section 6.5.2.
  private static final int ENABLE_PUSH = 2;
  private static final int MAX_CONCURRENT_STREAMS = 3;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int MAX_FRAME_SIZE = 5;
  private static final int MAX_HEADER_LIST_SIZE = 6;

  private static final int FIRST_WINDOW = 65535;
  private static final int MAX_FRAME = 1 << 24;

  /** What all calls together may be sent ahead; each call's own window bounds what is kept. */
  private static final int WINDOW = 16 << 20;

  /** Errors come with details in their trailers, as large as messages may be. */
  private static final int MAX_HEADERS = RpcChannel.MAX_MESSAGE;

  private static final int TABLE_SIZE = 4096;

  private final FrameReader in;
  private final FrameWriter out;
  private final String authority;
  private final Closeable onClose;

  // Guarded by this.
  private final Map<Integer, ClientStream> calls = new HashMap<>();
  private int nextId = 1;
  private long sendWindow = FIRST_WINDOW;
  private int firstSendWindow = FIRST_WINDOW;
  private int maxFrame = FrameReader.MAX_PAYLOAD;
  private int maxCalls = Integer.MAX_VALUE;
  private @Nullable RpcException end;

  // The reading thread's own.
  private final HeaderDecoder decoder = new HeaderDecoder(TABLE_SIZE);
  private final HeaderBlock block = new HeaderBlock(MAX_HEADERS);
  private int window = WINDOW;

  Connection(InputStream in, OutputStream out, String authority, Closeable onClose) {
    this.in = new FrameReader(in);
    this.out = new FrameWriter(out);
    this.authority = authority;
    this.onClose = onClose;
  }

  void start(ThreadFactory threads) {
    out.add(new Frame(PREFACE, PREFACE, 0, 0));
    out.add(
        Frame.settings(
            ENABLE_PUSH,
            0,
            INITIAL_WINDOW_SIZE,
            ClientStream.WINDOW,
            MAX_HEADER_LIST_SIZE,
            MAX_HEADERS));
    out.add(Frame.of(Frame.WINDOW_UPDATE, 0, WINDOW - FIRST_WINDOW));
    threads.newThread(this::write).start();
    threads.newThread(this::read).start();
  }

  // Calls.

  /** Opens a call; waits while the other end takes no more at once. */
  ClientStream open(String method, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    byte[] headers = RequestHeaders.encode(method, authority, metadata);
    synchronized (this) {
      while (end == null && calls.size() >= maxCalls) {
        wait();
      }
      if (end != null) {
        throw new RpcException(end.status(), end.getMessage(), end.details(), end);
      }
      if (nextId < 0) {
        throw new RpcException(StatusCode.UNAVAILABLE, "the connection has no calls left");
      }
      ClientStream call = new ClientStream(this, nextId, firstSendWindow);
      nextId += 2;
      calls.put(call.id, call);
      int type = Frame.HEADERS;
      int at = 0;
      do {
        int n = Math.min(maxFrame, headers.length - at);
        int flags = at + n == headers.length ? Frame.END_HEADERS : 0;
        out.add(Frame.of(type, flags, call.id, headers, at, n));
        at += n;
        type = Frame.CONTINUATION;
      } while (at < headers.length);
      return call;
    }
  }

  /** Sends a message with its prefix, as the windows allow. */
  void send(ClientStream call, byte[] bytes, boolean last)
      throws RpcException, InterruptedException {
    int at = 0;
    try {
      while (at < bytes.length) {
        out.awaitRoom();
        at += sendSome(call, bytes, at, last);
      }
    } catch (InterruptedException e) {
      if (at > 0) {
        // A message of which only a part is there cannot be followed by anything.
        abandon(call, new RpcException(StatusCode.CANCELLED, "interrupted within a message"));
      }
      throw e;
    }
  }

  private synchronized int sendSome(ClientStream call, byte[] bytes, int at, boolean last)
      throws RpcException, InterruptedException {
    while (!call.over && (sendWindow <= 0 || call.sendWindow <= 0)) {
      wait();
    }
    if (call.over) {
      throw call.reason();
    }
    if (call.sendClosed) {
      throw new RpcException(StatusCode.CANCELLED, "the call is closed for sending");
    }
    int n = (int) Math.min(bytes.length - at, Math.min(sendWindow, call.sendWindow));
    n = Math.min(n, maxFrame);
    boolean ends = last && at + n == bytes.length;
    sendWindow -= n;
    call.sendWindow -= n;
    call.sendClosed = ends;
    out.add(Frame.of(Frame.DATA, ends ? Frame.END_STREAM : 0, call.id, bytes, at, n));
    return n;
  }

  synchronized void closeSend(ClientStream call) {
    if (!call.sendClosed && !call.over) {
      call.sendClosed = true;
      out.add(Frame.of(Frame.DATA, Frame.END_STREAM, call.id, new byte[0]));
    }
  }

  /** Lets the other end send more on a call; nothing if it is over. */
  synchronized void grant(int id, int bytes) {
    if (bytes > 0 && calls.containsKey(id)) {
      out.add(Frame.of(Frame.WINDOW_UPDATE, id, bytes));
    }
  }

  /** Ends a call of which the other end knows that it is over. */
  synchronized void finish(ClientStream call, @Nullable RpcException failure) {
    if (!call.over) {
      if (!call.sendClosed) {
        // Answered before all was said: the other end need not wait for the rest.
        out.add(Frame.of(Frame.RST_STREAM, call.id, Http2Exception.NONE));
      }
      remove(call, failure);
    }
  }

  /** Ends a call from this side; nothing if it is over. */
  synchronized void abandon(ClientStream call, RpcException failure) {
    if (!call.over) {
      out.add(Frame.of(Frame.RST_STREAM, call.id, Http2Exception.CANCEL));
      remove(call, failure);
    }
  }

  private void remove(ClientStream call, @Nullable RpcException failure) { // guarded by this
    call.end(failure);
    call.over = true;
    calls.remove(call.id);
    notifyAll();
  }

  /** Ends everything. */
  void close() {
    fail(new RpcException(StatusCode.CANCELLED, "the connection was closed"));
    closeStreams();
  }

  private void closeStreams() {
    try {
      onClose.close();
    } catch (IOException ignored) {
      // It is gone either way.
    }
  }

  private synchronized void fail(RpcException cause) {
    if (end == null) {
      end = cause;
    }
    new ArrayList<>(calls.values()).forEach(call -> remove(call, cause));
    notifyAll();
    out.close();
  }

  // The connection's threads.

  private void write() {
    try {
      out.run();
    } catch (IOException e) {
      fail(lost(e));
    }
    closeStreams(); // the last that was to be said is written
  }

  private void read() {
    try {
      while (in.next()) {
        frame();
      }
      fail(lost(null));
    } catch (Http2Exception e) {
      out.add(Frame.goAway(e.code()));
      fail(lost(e));
    } catch (IOException e) {
      fail(lost(e));
    } catch (RuntimeException | Error e) {
      fail(new RpcException(StatusCode.INTERNAL, "the connection broke: " + e, new byte[0], e));
    }
  }

  private static RpcException lost(@Nullable IOException cause) {
    return new RpcException(
        StatusCode.UNAVAILABLE,
        "the connection to the build server is over"
            + (cause == null ? "" : ": " + cause.getMessage()),
        new byte[0],
        cause);
  }

  private void frame() throws Http2Exception {
    int type = in.type();
    if (block.isOpen() && (type != Frame.CONTINUATION || in.stream() != block.stream())) {
      throw protocol("a header block is interrupted");
    }
    switch (type) {
      case Frame.DATA -> data();
      case Frame.HEADERS -> {
        checkKnown();
        block.open(in);
        headers();
      }
      case Frame.CONTINUATION -> {
        block.more(in);
        headers();
      }
      case Frame.RST_STREAM -> reset();
      case Frame.SETTINGS -> settings();
      case Frame.PING -> ping();
      case Frame.GOAWAY -> goAway();
      case Frame.WINDOW_UPDATE -> windowUpdate();
      case Frame.PUSH_PROMISE -> throw protocol("pushes were declined");
      default -> {} // priorities, and what is still to be invented
    }
  }

  private void data() throws Http2Exception {
    checkKnown();
    int size = in.length();
    int from = 0;
    int padding = 0;
    if (in.has(Frame.PADDED)) {
      if (size == 0 || (in.payload()[0] & 0xff) >= size) {
        throw protocol("padding is longer than its frame");
      }
      from = 1;
      padding = in.payload()[0] & 0xff;
    }
    window -= size;
    if (window < 0) {
      throw new Http2Exception(Http2Exception.FLOW_CONTROL, "more data came than was granted");
    }
    if (window < WINDOW / 2) {
      out.answer(Frame.of(Frame.WINDOW_UPDATE, 0, WINDOW - window));
      window = WINDOW;
    }
    ClientStream call = call(in.stream());
    if (call != null) { // else one that is over at this end
      int length = size - from - padding;
      call.onData(in.payload(), from, length, size, in.has(Frame.END_STREAM));
    }
  }

  private void headers() throws Http2Exception {
    if (!block.isOpen()) {
      Headers headers = new Headers(MAX_HEADERS);
      decoder.decode(block.bytes(), block.length(), headers);
      ClientStream call = call(block.stream());
      if (call != null) {
        call.onHeaders(headers, block.endsStream());
      }
      block.clear();
    }
  }

  private void reset() throws Http2Exception {
    checkKnown();
    int code = number();
    ClientStream call = call(in.stream());
    if (call != null) {
      synchronized (this) {
        call.sendClosed = true; // no answer to a reset
      }
      finish(call, CallStatus.ofReset(code));
    }
  }

  private void settings() throws Http2Exception {
    if (in.has(Frame.ACK)) {
      return;
    }
    if (in.length() % 6 != 0 || in.stream() != 0) {
      throw new Http2Exception(Http2Exception.FRAME_SIZE, "settings are cut off");
    }
    synchronized (this) {
      for (int at = 0; at < in.length(); at += 6) {
        int id = Frame.integer(in.payload(), at) >>> 16;
        int value = Frame.integer(in.payload(), at + 2);
        switch (id) {
          case MAX_CONCURRENT_STREAMS -> maxCalls = value < 0 ? Integer.MAX_VALUE : value;
          case INITIAL_WINDOW_SIZE -> firstSendWindow(value);
          case MAX_FRAME_SIZE -> {
            if (value < FrameReader.MAX_PAYLOAD || value >= MAX_FRAME) {
              throw protocol("frames of " + value + " bytes cannot be");
            }
            maxFrame = value;
          }
          default -> {} // the encoder uses no table; limits on headers are far off
        }
      }
      notifyAll();
    }
    out.answer(Frame.settingsReceived());
  }

  private void firstSendWindow(int value) throws Http2Exception { // guarded by this
    if (value < 0) {
      throw new Http2Exception(Http2Exception.FLOW_CONTROL, "a window is too large");
    }
    for (ClientStream call : calls.values()) {
      call.sendWindow += value - firstSendWindow;
      checkWindow(call.sendWindow);
    }
    firstSendWindow = value;
  }

  private void ping() throws Http2Exception {
    if (in.length() != 8) {
      throw new Http2Exception(Http2Exception.FRAME_SIZE, "a ping has eight bytes");
    }
    if (!in.has(Frame.ACK)) {
      out.answer(Frame.of(Frame.PING, Frame.ACK, 0, Arrays.copyOf(in.payload(), 8)));
    }
  }

  private void goAway() throws Http2Exception {
    if (in.length() < 8) {
      throw new Http2Exception(Http2Exception.FRAME_SIZE, "a goodbye is cut off");
    }
    int lastId = Frame.integer(in.payload(), 0) & Integer.MAX_VALUE;
    int code = Frame.integer(in.payload(), 4);
    String why = new String(in.payload(), 8, in.length() - 8, StandardCharsets.UTF_8);
    RpcException cause =
        new RpcException(
            StatusCode.UNAVAILABLE,
            "the build server ends the connection (HTTP/2 error "
                + code
                + ")"
                + (why.isEmpty() ? "" : ": " + why));
    synchronized (this) {
      if (end == null) {
        end = cause;
      }
      for (ClientStream call : new ArrayList<>(calls.values())) {
        if (call.id > lastId) {
          remove(call, cause);
        }
      }
      notifyAll();
    }
  }

  private void windowUpdate() throws Http2Exception {
    int more = number() & Integer.MAX_VALUE;
    if (more == 0) {
      throw protocol("a window grows by nothing");
    }
    synchronized (this) {
      if (in.stream() == 0) {
        sendWindow += more;
        checkWindow(sendWindow);
      } else {
        checkKnown();
        ClientStream call = calls.get(in.stream());
        if (call != null) {
          call.sendWindow += more;
          checkWindow(call.sendWindow);
        }
      }
      notifyAll();
    }
  }

  private static void checkWindow(long window) throws Http2Exception {
    if (window > Integer.MAX_VALUE) {
      throw new Http2Exception(Http2Exception.FLOW_CONTROL, "a window is too large");
    }
  }

  /** The single number of a frame. */
  private int number() throws Http2Exception {
    if (in.length() != 4) {
      throw new Http2Exception(Http2Exception.FRAME_SIZE, "a number has four bytes");
    }
    return Frame.integer(in.payload(), 0);
  }

  private synchronized @Nullable ClientStream call(int id) {
    return calls.get(id);
  }

  /** A frame may be for a call that is over, not for one that has not begun. */
  private synchronized void checkKnown() throws Http2Exception {
    int id = in.stream();
    if (id % 2 == 0 || nextId > 0 && id >= nextId) {
      throw protocol("there was no call " + id);
    }
  }

  private static Http2Exception protocol(String message) {
    return new Http2Exception(Http2Exception.PROTOCOL, message);
  }
}
