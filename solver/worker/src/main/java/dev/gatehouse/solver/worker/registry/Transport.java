package dev.gatehouse.solver.worker.registry;

import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Sends one request to a host: answers challenges, follows redirects without credentials, falls
 * back to HTTP.
 */
final class Transport {
  private static final int MAX_REDIRECTS = 10;
  private static final int MAX_ERROR_BODY = 64 << 10;
  private static final Duration HEADERS_TIMEOUT = Duration.ofSeconds(120);
  private static final String USER_AGENT = "gatehouse";

  /** Hosts that refused TLS and speak HTTP. */
  private static final Set<String> SPEAK_HTTP = ConcurrentHashMap.newKeySet();

  private final Authorizer authorizer;
  private final SessionGroup sessions;

  Transport(Authorizer authorizer, SessionGroup sessions) {
    this.authorizer = authorizer;
    this.sessions = sessions;
  }

  /** A stream that ended before it should have. */
  static final class CutException extends IOException {
    private static final long serialVersionUID = 1;

    CutException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Opens what is sent; once more for each attempt. */
  interface Body {
    InputStream open() throws IOException, InterruptedException;
  }

  /**
   * A request.
   *
   * @param target a path below the host's, or a whole URI that the host gave
   */
  record Request(
      String method,
      String target,
      List<String> headers,
      @Nullable Body content,
      long length,
      LongConsumer progress) {
    private static Request of(String method, String target) {
      return new Request(method, target, List.of(), null, 0, n -> {});
    }

    static Request get(String path) {
      return of("GET", path);
    }

    static Request head(String path) {
      return of("HEAD", path);
    }

    static Request post(String path) {
      return of("POST", path);
    }

    static Request put(String path) {
      return of("PUT", path);
    }

    static Request put(URI uri) {
      return of("PUT", uri.toString());
    }

    static Request patch(URI uri) {
      return of("PATCH", uri.toString());
    }

    Request header(String name, String value) {
      List<String> all = new ArrayList<>(headers);
      all.add(name);
      all.add(value);
      return new Request(method, target, List.copyOf(all), content, length, progress);
    }

    Request body(long size, Body body, LongConsumer told) {
      return new Request(method, target, headers, body, size, told);
    }
  }

  /** Takes bytes as they arrive. */
  interface Sink {
    void write(byte[] bytes, int length) throws IOException;
  }

  /** An answer; closing it lets the connection go. */
  static final class Answer implements AutoCloseable {
    private final HttpResponse<InputStream> response;
    private final boolean pull;

    Answer(HttpResponse<InputStream> response, boolean pull) {
      this.response = response;
      this.pull = pull;
    }

    int status() {
      return response.statusCode();
    }

    String statusText() {
      return AnswerErrors.statusText(status());
    }

    String method() {
      return response.request().method();
    }

    boolean isPull() {
      return pull;
    }

    /** Without the query, which may hold a signature. */
    String uriWithoutQuery() {
      String text = response.uri().toString();
      int query = text.indexOf('?');
      return query < 0 ? text : text.substring(0, query);
    }

    Optional<String> header(String name) {
      return response.headers().firstValue(name);
    }

    long length() {
      return response.headers().firstValueAsLong("Content-Length").orElse(-1);
    }

    /** The {@code Location}, resolved. */
    Optional<URI> location() {
      try {
        return header("Location").map(response.uri()::resolve);
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }

    byte[] readAll(int limit, Supplier<RegistryException> tooLarge)
        throws IOException, InterruptedException {
      byte[] all;
      try (StallGuard in = new StallGuard(response.body())) {
        all = in.readNBytes(limit + 1);
      } catch (IOException e) {
        throw cut(e);
      }
      if (all.length > limit) {
        throw tooLarge.get();
      }
      return all;
    }

    void copyTo(Sink sink) throws IOException, InterruptedException {
      byte[] buffer = new byte[128 * 1024];
      try (StallGuard in = new StallGuard(response.body())) {
        while (true) {
          int n;
          try {
            n = in.read(buffer, 0, buffer.length);
          } catch (IOException e) {
            throw cut(e);
          }
          if (n < 0) {
            return;
          }
          sink.write(buffer, n);
          if (Thread.interrupted()) {
            throw new InterruptedException("transfer interrupted");
          }
        }
      }
    }

    /** The JDK reports an interrupted read as an I/O failure; here it is an interruption again. */
    private static IOException cut(IOException e) throws InterruptedException {
      if (Thread.interrupted() || e.getCause() instanceof InterruptedException) {
        throw new InterruptedException("transfer interrupted");
      }
      return new CutException("transfer was cut: " + e.getMessage(), e);
    }

    Optional<String> errorText() {
      try {
        return AnswerErrors.errorText(response.body().readNBytes(MAX_ERROR_BODY));
      } catch (IOException e) {
        return Optional.empty(); // The status is told in any case.
      }
    }

    @Override
    public void close() {
      try {
        response.body().close();
      } catch (IOException e) {
        return; // Nobody waits for the rest.
      }
    }
  }

  Answer send(RegistryHost host, Request request, String scope)
      throws IOException, InterruptedException {
    Optional<String> authorization = authorizer.remembered(host.host(), scope, sessions);
    boolean pull = !scope.contains("push");
    HttpResponse<InputStream> response = follow(host, request, authorization);
    if (response.statusCode() != 401) {
      return new Answer(response, pull);
    }
    authorizer.forget(host.host(), scope, sessions);
    List<Challenge> challenges = Challenge.parse(response.headers().allValues("WWW-Authenticate"));
    Optional<String> answer = authorizer.answer(host, challenges, scope, sessions);
    if (answer.isEmpty()) {
      return new Answer(response, pull);
    }
    response.body().close();
    return new Answer(follow(host, request, answer), pull);
  }

  private HttpResponse<InputStream> follow(
      RegistryHost host, Request request, Optional<String> authorization)
      throws IOException, InterruptedException {
    boolean http = host.plainHttp() || SPEAK_HTTP.contains(host.host());
    URI uri =
        request.target().startsWith("/")
            ? URI.create(host.url(http) + request.target())
            : URI.create(request.target());
    URI origin = uri;
    for (int n = 0; ; n++) {
      HttpResponse<InputStream> response;
      try {
        response =
            once(host, request, uri, isSameOrigin(origin, uri) ? authorization : Optional.empty());
      } catch (SSLException e) {
        if (!host.mayFallBack() || http || !request.target().startsWith("/")) {
          throw new IOException(host.host() + ": TLS: " + e.getMessage(), e);
        }
        SPEAK_HTTP.add(host.host());
        return follow(host, request, authorization);
      }
      boolean redirects =
          switch (response.statusCode()) {
            case 301, 302, 303, 307, 308 ->
                request.method().equals("GET") || request.method().equals("HEAD");
            default -> false;
          };
      Optional<String> location = response.headers().firstValue("Location");
      if (!redirects || location.isEmpty()) {
        return response;
      }
      response.body().close();
      if (n == MAX_REDIRECTS) {
        throw new RegistryException(
            RegistryException.Reason.INVALID,
            response.statusCode(),
            host.host() + ": too many redirects");
      }
      try {
        uri = uri.resolve(location.get());
      } catch (IllegalArgumentException e) {
        throw new RegistryException(
            RegistryException.Reason.INVALID,
            response.statusCode(),
            host.host() + ": invalid redirect");
      }
    }
  }

  private static boolean isSameOrigin(URI a, URI b) {
    return a.getScheme().equalsIgnoreCase(b.getScheme())
        && a.getRawAuthority().equalsIgnoreCase(String.valueOf(b.getRawAuthority()));
  }

  private HttpResponse<InputStream> once(
      RegistryHost host, Request request, URI uri, Optional<String> authorization)
      throws IOException, InterruptedException {
    HttpRequest.Builder b = HttpRequest.newBuilder(uri).header("User-Agent", USER_AGENT);
    for (int i = 0; i < request.headers().size(); i += 2) {
      b.header(request.headers().get(i), request.headers().get(i + 1));
    }
    authorization.ifPresent(a -> b.header("Authorization", a));
    Body body = request.content();
    if (body == null) {
      b.timeout(HEADERS_TIMEOUT);
      b.method(request.method(), HttpRequest.BodyPublishers.noBody());
      return exchange(host, b.build());
    }
    try (InputStream in = body.open()) {
      InputStream counted = new Counted(in, request.progress());
      HttpRequest.BodyPublisher publisher =
          request.length() == 0
              ? HttpRequest.BodyPublishers.noBody()
              : HttpRequest.BodyPublishers.fromPublisher(
                  HttpRequest.BodyPublishers.ofInputStream(() -> counted), request.length());
      b.method(request.method(), publisher);
      return exchange(host, b.build());
    }
  }

  private static HttpResponse<InputStream> exchange(RegistryHost host, HttpRequest request)
      throws IOException, InterruptedException {
    try {
      return host.client().send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (HttpConnectTimeoutException e) {
      throw e;
    } catch (ConnectException e) {
      // The JDK's own often has no message at all.
      boolean unknown = false;
      for (Throwable c = e.getCause(); c != null; c = c.getCause()) {
        unknown |= c instanceof UnresolvedAddressException || c instanceof UnknownHostException;
      }
      ConnectException told =
          new ConnectException(
              host.host() + ": " + (unknown ? "no such host" : "connection refused"));
      told.initCause(e);
      throw told;
    }
  }

  private static final class Counted extends java.io.FilterInputStream {
    private final LongConsumer progress;

    Counted(InputStream in, LongConsumer progress) {
      super(in);
      this.progress = progress;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      int n = super.read(b, off, len);
      if (n > 0) {
        progress.accept(n);
      }
      return n;
    }
  }

  /** Whether another attempt may succeed where this one failed. */
  static boolean mayPass(IOException e) {
    if (e instanceof RegistryException r) {
      return r.mayPass();
    }
    if (e instanceof CutException) {
      return true;
    }
    if (e instanceof ConnectException
        || e instanceof UnknownHostException
        || e instanceof SSLException) {
      return e instanceof HttpConnectTimeoutException;
    }
    // What the JDK's client throws when a connection is reset or closed has no type of its own.
    return e.getClass() == IOException.class
        ? !(e.getCause() instanceof SSLException)
        : e instanceof java.net.SocketException
            || e instanceof java.io.EOFException
            || e instanceof java.net.http.HttpTimeoutException;
  }

  /** How long a server asks to be left alone; nothing is known of it after the answer is gone. */
  static Optional<Duration> retryAfter(IOException e) {
    return e instanceof RegistryException r && r.status() == 429
        ? Optional.of(Duration.ofSeconds(2))
        : Optional.empty();
  }
}
