package dev.gatehouse.daemon.session;

import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.frontend.transport.http2.Http2Channel;
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.Session;
import dev.gatehouse.solver.worker.session.SessionCallException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's session: an HTTP/2 connection over a pair of streams on which the client is the
 * server.
 *
 * <p>The client's health is asked every few seconds; a client that does not answer twice is taken
 * for gone. When a session closes, calls on it fail and {@link #onClose} actions run, once.
 */
public final class TunnelSession implements Session, Closeable {
  private static final Logger log = LoggerFactory.getLogger(TunnelSession.class);
  private static final String HEALTH_CHECK = "/grpc.health.v1.Health/Check";

  private final String id;
  private final String name;
  private final String sharedKey;
  private final Set<String> methods;
  private final RpcChannel channel;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicReference<@Nullable IOException> cause = new AtomicReference<>();

  // guarded by itself
  private final List<Runnable> closeActions = new ArrayList<>();

  /**
   * Takes over the streams and greets the client, which waits for that, before there is anything to
   * call.
   *
   * @param methods gRPC paths the client serves, such as {@code
   *     /moby.filesync.v1.FileSync/DiffCopy}
   * @param tunnel closed when the session is
   */
  public TunnelSession(
      String id,
      String name,
      String sharedKey,
      Set<String> methods,
      InputStream in,
      OutputStream out,
      Closeable tunnel) {
    this.id = id;
    this.name = name;
    this.sharedKey = sharedKey;
    this.methods =
        methods.stream()
            .map(m -> m.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
    channel =
        Http2Channel.open(
            in,
            out,
            "localhost",
            () -> {
              try (tunnel;
                  in) {
                out.close();
              }
              close(new IOException("session " + id + " closed by its client"));
            },
            Thread.ofVirtual().name("session-" + id).factory());
  }

  /**
   * Starts asking for the client's health.
   *
   * @param interval between two questions
   * @param timeout of one
   * @param failures how many in a row mean that the client is gone
   */
  public void watch(Duration interval, Duration timeout, int failures) {
    Thread.ofVirtual()
        .name("session-health-" + id)
        .start(() -> watchHealth(interval, timeout, failures));
  }

  @Override
  public String id() {
    return id;
  }

  /** What the client calls the session, may be empty. */
  public String name() {
    return name;
  }

  /**
   * Names the directory that several sessions share as the base of their transfers, may be empty.
   */
  @Override
  public String sharedKey() {
    return sharedKey;
  }

  @Override
  public boolean supports(String method) {
    return methods.contains(method.toLowerCase(Locale.ROOT));
  }

  @Override
  public byte[] call(String method, byte[] request) throws IOException, InterruptedException {
    checkOpen();
    try {
      return channel.call(method, request);
    } catch (RpcException e) {
      throw failure(e);
    }
  }

  @Override
  public MessageStream open(String method, Map<String, List<String>> metadata) throws IOException {
    checkOpen();
    try {
      return new TunnelStream(channel.open(method, metadata));
    } catch (RpcException e) {
      throw failure(e);
    }
  }

  private void checkOpen() throws IOException {
    if (closed.getCount() == 0) {
      throw gone();
    }
  }

  private IOException failure(RpcException e) {
    if (closed.getCount() == 0) {
      return gone();
    }
    SessionCallException failure =
        new SessionCallException(
            SessionCallException.Status.ofNumber(e.status().ordinal()), e.getMessage());
    failure.initCause(e);
    return failure;
  }

  /** Why calls fail, once the session is closed. */
  private IOException gone() {
    IOException reason = cause.get();
    return new IOException(
        reason == null ? "session " + id + " is closed" : String.valueOf(reason.getMessage()),
        reason);
  }

  /** Runs the action when the session closes; at once if it has. */
  public void onClose(Runnable action) {
    synchronized (closeActions) {
      if (closed.getCount() > 0) {
        closeActions.add(action);
        return;
      }
    }
    action.run();
  }

  /** Forgets an action. */
  public void offClose(Runnable action) {
    synchronized (closeActions) {
      closeActions.remove(action);
    }
  }

  /** Waits until the session is closed. */
  public void awaitClosed() throws InterruptedException {
    closed.await();
  }

  boolean awaitClosed(long time, TimeUnit unit) throws InterruptedException {
    return closed.await(time, unit);
  }

  @Override
  public void close() {
    close(new IOException("session " + id + " closed"));
  }

  /** Closes the session; calls under way fail with the reason. */
  public void close(IOException reason) {
    List<Runnable> actions;
    synchronized (closeActions) {
      if (!cause.compareAndSet(null, reason)) {
        return;
      }
      closed.countDown();
      actions = List.copyOf(closeActions);
      closeActions.clear();
    }
    log.debug("session {} closed: {}", id, reason.getMessage());
    channel.close();
    actions.forEach(Runnable::run);
  }

  private void watchHealth(Duration interval, Duration patience, int tolerated) {
    int failures = 0;
    Duration last = Duration.ZERO;
    try {
      while (!closed.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
        Duration timeout = last.multipliedBy(3).dividedBy(2);
        timeout = timeout.compareTo(patience) < 0 ? patience : timeout;
        long start = System.nanoTime();
        try {
          ask(timeout);
          failures = 0;
        } catch (IOException e) {
          if (closed.getCount() == 0) {
            return;
          }
          failures++;
          log.warn("session {}: health check failed: {}", id, e.getMessage());
          if (failures >= tolerated) {
            close(new IOException("session healthcheck failed fatally: " + e.getMessage(), e));
          }
        }
        last = Duration.ofNanos(System.nanoTime() - start);
      }
    } catch (InterruptedException e) {
      close(new IOException("interrupted", e));
    }
  }

  private void ask(Duration timeout) throws IOException, InterruptedException {
    CountDownLatch answered = new CountDownLatch(1);
    AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
    Thread call =
        Thread.startVirtualThread(() -> {
          try {
            call(HEALTH_CHECK, new byte[0]);
          } catch (IOException e) {
            failure.set(e);
          } catch (InterruptedException e) {
            failure.set(new IOException("no answer in " + timeout.toSeconds() + " s", e));
          } finally {
            answered.countDown();
          }
        });
    if (!answered.await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      call.interrupt();
      answered.await();
    }
    IOException e = failure.get();
    if (e != null) {
      throw e;
    }
  }

  /** A call on this session; its failures are the session's. */
  private final class TunnelStream implements MessageStream {
    private final RpcStream stream;

    TunnelStream(RpcStream stream) {
      this.stream = stream;
    }

    @Override
    public void send(byte[] message) throws IOException, InterruptedException {
      try {
        stream.send(message);
      } catch (RpcException e) {
        throw failure(e);
      }
    }

    @Override
    public void closeSend() throws IOException {
      try {
        stream.closeSend();
      } catch (RpcException e) {
        throw failure(e);
      }
    }

    @Override
    public byte @Nullable [] receive() throws IOException, InterruptedException {
      try {
        return stream.receive();
      } catch (RpcException e) {
        throw failure(e);
      }
    }

    @Override
    public void close() {
      stream.close();
    }
  }
}
