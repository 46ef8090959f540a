package dev.gatehouse.solver.worker.source.http;

import dev.gatehouse.protocol.upload.BytesMessage;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.credential.Secrets;
import dev.gatehouse.solver.worker.registry.EnvironmentProxy;
import dev.gatehouse.solver.worker.registry.StallGuard;
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Requests to web servers: redirects, credentials, and downloads that are taken up again where a
 * connection broke. One for all sources of a worker; closed with its client.
 */
final class HttpFetcher implements AutoCloseable {
  private static final int MAX_REDIRECTS = 10;
  private static final int MAX_ATTEMPTS = 5;
  private static final int CHUNK = 64 * 1024;
  private static final Duration CONNECT = Duration.ofSeconds(30);
  private static final Duration HEAD_OF_ANSWER = Duration.ofMinutes(2);
  private static final String USER_AGENT = "gatehouse";

  /** The host name under which clients serve what they upload. */
  private static final String SESSION_HOST = "buildkit-session";

  private static final String UPLOAD = "/moby.upload.v1.Upload/Pull";
  private static final String HEADER_SECRET = "HTTP_AUTH_HEADER_";
  private static final String TOKEN_SECRET = "HTTP_AUTH_TOKEN_";

  /**
   * Made when it is first needed: it reads the certificates of all authorities. Guarded by this.
   */
  private @Nullable HttpClient client;

  private synchronized HttpClient client() {
    HttpClient known = client;
    if (known == null) {
      known =
          HttpClient.newBuilder()
              .connectTimeout(CONNECT)
              .followRedirects(HttpClient.Redirect.NEVER)
              .proxy(new EnvironmentProxy(System.getenv()))
              .build();
      client = known;
    }
    return known;
  }

  /**
   * What a server answered, without the content.
   *
   * @param status 200 or 304, or of HEAD anything
   */
  record Answer(int status, Map<String, String> headers) {
    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name));
    }

    /** The entity tag, with weak ones taken for strong. */
    Optional<String> etag() {
      return header("ETag").map(e -> e.startsWith("W/") ? e.substring(2) : e);
    }

    private static Answer of(HttpResponse<?> response) {
      Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      response.headers().map().forEach((name, values) -> headers.put(name, values.getFirst()));
      return new Answer(response.statusCode(), headers);
    }
  }

  /** Takes the content; {@code restart} means that it comes again from its beginning. */
  interface Receiver {
    OutputStream restart() throws IOException;
  }

  /** Asks for the head of an answer; errors of the server are answers as well. */
  Answer head(HttpIdentifier identifier, SessionGroup sessions, Map<String, String> extra)
      throws SolveException, IOException, InterruptedException {
    Map<String, String> headers = headers(identifier, sessions);
    headers.putAll(extra);
    HttpResponse<InputStream> response = send(identifier.url(), "HEAD", headers);
    response.body().close();
    return Answer.of(response);
  }

  /**
   * Downloads, unless the server says that nothing has changed.
   *
   * @param progress told the number of bytes as they come
   */
  Answer get(
      HttpIdentifier identifier,
      SessionGroup sessions,
      Map<String, String> extra,
      Receiver receiver,
      LongConsumer progress)
      throws SolveException, IOException, InterruptedException {
    if (SESSION_HOST.equals(identifier.url().getHost())) {
      return upload(identifier, sessions, receiver);
    }
    Map<String, String> headers = headers(identifier, sessions);
    headers.putAll(extra);
    HttpResponse<InputStream> response = send(identifier.url(), "GET", headers);
    Answer first = Answer.of(response);
    if (first.status() == 304) {
      response.body().close();
      return first;
    }
    if (first.status() < 200 || first.status() >= 400) {
      response.body().close();
      throw status(first.status());
    }
    OutputStream target = receiver.restart();
    long done = 0;
    for (int attempt = 1; ; attempt++) {
      long[] count = {done};
      try {
        copy(response, first, target, count, progress);
        return first;
      } catch (IOException e) {
        interrupted(e);
        Optional<String> validator = resumable(first);
        if (attempt == MAX_ATTEMPTS || validator.isEmpty() || count[0] == done) {
          throw e;
        }
        done = count[0];
        Map<String, String> rest = headers(identifier, sessions);
        rest.put("Range", "bytes=" + done + "-");
        rest.put("If-Range", validator.get());
        rest.put("Accept-Encoding", "identity"); // the bytes go on as they began
        response = send(identifier.url(), "GET", rest);
        if (response.statusCode() == 200) {
          target = receiver.restart();
          done = 0;
          first = Answer.of(response);
        } else if (response.statusCode() != 206 || !continues(response, done)) {
          response.body().close();
          throw e;
        }
      }
    }
  }

  /** What the rest of a broken download is asked by: only a tag that means equal bytes. */
  private static Optional<String> resumable(Answer answer) {
    boolean ranges = answer.header("Accept-Ranges").map(r -> r.equals("bytes")).orElse(false);
    boolean encoded = answer.header("Content-Encoding").isPresent();
    return ranges && !encoded
        ? answer.header("ETag").filter(e -> !e.startsWith("W/"))
        : Optional.empty();
  }

  private static boolean continues(HttpResponse<?> response, long from) {
    return response
        .headers()
        .firstValue("Content-Range")
        .map(r -> r.startsWith("bytes " + from + "-"))
        .orElse(false);
  }

  private static void copy(
      HttpResponse<InputStream> response,
      Answer answer,
      OutputStream target,
      long[] count,
      LongConsumer progress)
      throws IOException {
    boolean gzip =
        answer.header("Content-Encoding").map(e -> e.equalsIgnoreCase("gzip")).orElse(false);
    byte[] buffer = new byte[CHUNK];
    try (InputStream body = new StallGuard(response.body());
        InputStream in = gzip ? new GZIPInputStream(body) : body) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        target.write(buffer, 0, n);
        count[0] += n;
        progress.accept(n);
      }
    }
  }

  private static Answer upload(HttpIdentifier identifier, SessionGroup sessions, Receiver receiver)
      throws IOException, InterruptedException {
    return sessions.any(
        UPLOAD,
        session -> {
          Map<String, List<String>> metadata =
              Map.of(
                  "urlpath", List.of(identifier.url().getPath()), "urlhost", List.of(SESSION_HOST));
          try (MessageStream stream = session.open(UPLOAD, metadata)) {
            stream.closeSend();
            OutputStream target = receiver.restart();
            for (byte @Nullable [] message = stream.receive();
                message != null;
                message = stream.receive()) {
              BytesMessage.parseFrom(message).getData().writeTo(target);
            }
          }
          return new Answer(200, Map.of());
        });
  }

  private HttpResponse<InputStream> send(URI url, String method, Map<String, String> headers)
      throws SolveException, IOException, InterruptedException {
    URI at = url;
    Map<String, String> sent = new TreeMap<>(headers);
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(at)
              .timeout(HEAD_OF_ANSWER)
              .method(method, HttpRequest.BodyPublishers.noBody());
      sent.forEach(request::setHeader);
      HttpResponse<InputStream> response;
      try {
        response = client().send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      } catch (ConnectException e) {
        throw new IOException("cannot connect to " + at.getHost(), e);
      } catch (IllegalArgumentException e) {
        throw new SolveException(
            "source.http.invalid", ErrorCategory.USER, "invalid request to " + at.getHost(), e);
      }
      Optional<String> location = response.headers().firstValue("Location");
      if (!isRedirect(response.statusCode()) || location.isEmpty()) {
        return response;
      }
      response.body().close();
      URI next;
      try {
        next = at.resolve(location.get().replace(" ", "%20"));
      } catch (IllegalArgumentException e) {
        throw new SolveException(
            "source.http.failed", ErrorCategory.ENVIRONMENT, "invalid redirect of " + url, e);
      }
      if (!List.of("http", "https").contains(String.valueOf(next.getScheme()))
          || next.getHost() == null) {
        throw new SolveException(
            "source.http.failed", ErrorCategory.ENVIRONMENT, "invalid redirect of " + url);
      }
      if (!sameOrigin(url, next)) {
        sent.remove("Authorization"); // it was lent for the first server only
      }
      at = next;
    }
    throw new SolveException(
        "source.http.failed",
        ErrorCategory.ENVIRONMENT,
        url + ": stopped after " + MAX_REDIRECTS + " redirects");
  }

  private static boolean sameOrigin(URI a, URI b) {
    return a.getHost().equalsIgnoreCase(b.getHost())
        && a.getPort() == b.getPort()
        && a.getScheme().equals(b.getScheme());
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private static Map<String, String> headers(HttpIdentifier identifier, SessionGroup sessions)
      throws SolveException, IOException, InterruptedException {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.put("User-Agent", USER_AGENT);
    headers.put("Accept-Encoding", "gzip");
    headers.putAll(identifier.headers());
    String secret = identifier.authHeaderSecret();
    if (!secret.isEmpty()) {
      Optional<byte[]> value = Secrets.find(sessions, secret);
      if (value.isEmpty()) {
        throw new SolveException(
            "secret.not-found",
            ErrorCategory.USER,
            "failed to retrieve HTTP auth secret " + secret + ": secret " + secret + ": not found");
      }
      headers.put("Authorization", new String(value.get(), StandardCharsets.UTF_8));
      return headers;
    }
    String host = identifier.url().getHost();
    Optional<byte[]> token = lent(sessions, TOKEN_SECRET + host);
    if (token.isPresent()) {
      headers.put("Authorization", "Bearer " + new String(token.get(), StandardCharsets.UTF_8));
    } else {
      lent(sessions, HEADER_SECRET + host)
          .ifPresent(h -> headers.put("Authorization", new String(h, StandardCharsets.UTF_8)));
    }
    return headers;
  }

  /** A secret that nobody asked for: if it cannot be had the request goes without. */
  private static Optional<byte[]> lent(SessionGroup sessions, String id)
      throws InterruptedException {
    try {
      return Secrets.find(sessions, id);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static SolveException status(int status) {
    ErrorCategory category = status >= 500 ? ErrorCategory.ENVIRONMENT : ErrorCategory.USER;
    return new SolveException("source.http.status", category, "invalid response status " + status);
  }

  /** A read of the client that was interrupted ends with an IOException and the flag set. */
  private static void interrupted(IOException e) throws InterruptedException {
    if (Thread.interrupted()) {
      InterruptedException cancelled = new InterruptedException();
      cancelled.initCause(e);
      throw cancelled;
    }
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.shutdownNow();
      client.close();
    }
  }
}
