package dev.gatehouse.solver.worker.registry;

import com.google.protobuf.ByteString;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.protocol.auth.CredentialsRequest;
import dev.gatehouse.protocol.auth.CredentialsResponse;
import dev.gatehouse.protocol.auth.FetchTokenRequest;
import dev.gatehouse.protocol.auth.FetchTokenResponse;
import dev.gatehouse.protocol.auth.GetTokenAuthorityRequest;
import dev.gatehouse.protocol.auth.GetTokenAuthorityResponse;
import dev.gatehouse.solver.worker.session.Session;
import dev.gatehouse.solver.worker.session.SessionCallException;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds what to put into {@code Authorization}: basic credentials, or a token of the registry's
 * token server.
 *
 * <p>Secrets stay with the client where it can fetch tokens itself; what it hands over is used for
 * its own requests only. Tokens are kept until they expire, apart for each client.
 */
final class Authorizer {
  private static final String CREDENTIALS = "/moby.filesync.v1.Auth/Credentials";
  private static final String FETCH_TOKEN = "/moby.filesync.v1.Auth/FetchToken";
  private static final String GET_AUTHORITY = "/moby.filesync.v1.Auth/GetTokenAuthority";
  private static final String CLIENT_ID = "buildkit-client";
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Duration BASIC_LIFE = Duration.ofMinutes(10);
  private static final int MAX_ANSWER = 1 << 20;
  private static final byte[] SALT = new byte[32];

  static {
    new SecureRandom().nextBytes(SALT);
  }

  private record Known(String header, Instant expires) {}

  private final Credentials local;
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  Authorizer(Credentials local) {
    this.local = local;
  }

  /** What was found for the same question before, if it still holds. */
  Optional<String> remembered(String host, String scope, SessionGroup sessions) {
    for (String who : identities(sessions)) {
      Known k = known.get(key(host, scope, who));
      if (k != null && Instant.now().isBefore(k.expires)) {
        return Optional.of(k.header);
      }
    }
    return Optional.empty();
  }

  void forget(String host, String scope, SessionGroup sessions) {
    identities(sessions).forEach(who -> known.remove(key(host, scope, who)));
  }

  /**
   * Answers a server's challenges.
   *
   * @param scope what is to be done, such as {@code repository:library/alpine:pull}
   * @return the header's value; empty if there are no credentials for what the server offers
   */
  Optional<String> answer(
      RegistryHost host, List<Challenge> challenges, String scope, SessionGroup sessions)
      throws IOException, InterruptedException {
    for (Challenge c : challenges) {
      if (c.scheme().equals("bearer")) {
        return Optional.of(bearer(host, c, scope, sessions));
      }
      if (c.scheme().equals("basic")) {
        Found found = credentials(host.host(), sessions);
        if (found.login.isPresent() && !found.login.get().username().isEmpty()) {
          String header = basic(found.login.get());
          known.put(
              key(host.host(), scope, found.identity),
              new Known(header, Instant.now().plus(BASIC_LIFE)));
          return Optional.of(header);
        }
      }
    }
    return Optional.empty();
  }

  private static String basic(Credentials.Login login) {
    String text = login.username() + ":" + login.secret();
    return "Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private String bearer(RegistryHost host, Challenge c, String scope, SessionGroup sessions)
      throws IOException, InterruptedException {
    String realm = c.parameter("realm");
    if (!realm.startsWith("https://") && !realm.startsWith("http://")) {
      throw new RegistryException(
          RegistryException.Reason.INVALID,
          401,
          host.host() + ": token server's address is invalid: " + realm);
    }
    List<String> scopes = mergeScopes(scope + " " + c.parameter("scope"));
    for (Session s : sessions.sessions()) {
      if (!s.supports(FETCH_TOKEN) || !s.supports(GET_AUTHORITY) || !hasAuthority(s, host.host())) {
        continue;
      }
      FetchTokenResponse r =
          FetchTokenResponse.parseFrom(
              s.call(
                  FETCH_TOKEN,
                  FetchTokenRequest.newBuilder()
                      .setClientID(CLIENT_ID)
                      .setHost(host.host())
                      .setRealm(realm)
                      .setService(c.parameter("service"))
                      .addAllScopes(scopes)
                      .build()
                      .toByteArray()));
      Instant issued =
          r.getIssuedAt() == 0 ? Instant.now() : Instant.ofEpochSecond(r.getIssuedAt());
      return remember(host, scope, s.id(), r.getToken(), issued, r.getExpiresIn());
    }
    Found found = credentials(host.host(), sessions);
    return fetchToken(host, realm, c.parameter("service"), scopes, scope, found);
  }

  private static boolean hasAuthority(Session s, String host)
      throws IOException, InterruptedException {
    try {
      GetTokenAuthorityResponse r =
          GetTokenAuthorityResponse.parseFrom(
              s.call(
                  GET_AUTHORITY,
                  GetTokenAuthorityRequest.newBuilder()
                      .setHost(host)
                      .setSalt(ByteString.copyFrom(SALT))
                      .build()
                      .toByteArray()));
      return r.getPublicKey().size() == 32;
    } catch (SessionCallException e) {
      return switch (e.status()) {
        case UNIMPLEMENTED, UNAVAILABLE -> false;
        default -> throw e;
      };
    }
  }

  /** Whose credentials were found. */
  private record Found(String identity, Optional<Credentials.Login> login) {}

  private Found credentials(String host, SessionGroup sessions)
      throws IOException, InterruptedException {
    IOException failed = null;
    for (Session s : sessions.sessions()) {
      if (!s.supports(CREDENTIALS)) {
        continue;
      }
      try {
        CredentialsResponse r =
            CredentialsResponse.parseFrom(
                s.call(
                    CREDENTIALS,
                    CredentialsRequest.newBuilder().setHost(host).build().toByteArray()));
        if (!r.getSecret().isEmpty()) {
          return new Found(
              s.id(), Optional.of(new Credentials.Login(r.getUsername(), r.getSecret())));
        }
      } catch (SessionCallException e) {
        if (e.status() != SessionCallException.Status.UNIMPLEMENTED) {
          failed = e;
        }
      }
    }
    if (failed != null) {
      throw failed;
    }
    // Whoever is nobody here is remembered as such, so that one client's token serves no other.
    return new Found(identities(sessions).getFirst(), local.login(host));
  }

  private String fetchToken(
      RegistryHost host,
      String realm,
      String service,
      List<String> scopes,
      String scope,
      Found found)
      throws IOException, InterruptedException {
    Optional<Credentials.Login> login = found.login;
    if (login.isPresent() && login.get().username().isEmpty()) {
      // A refresh token: OAuth 2.0.
      Map<String, String> form = new TreeMap<>();
      form.put("grant_type", "refresh_token");
      form.put("refresh_token", login.get().secret());
      return post(host, realm, service, scopes, scope, found.identity, form);
    }
    List<String> query = new ArrayList<>();
    if (!service.isEmpty()) {
      query.add("service=" + encode(service));
    }
    scopes.forEach(s -> query.add("scope=" + encode(s)));
    if (login.isPresent()) {
      query.add("account=" + encode(login.get().username()));
    }
    String url = realm + (realm.contains("?") ? "&" : "?") + String.join("&", query);
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT).GET();
    login.ifPresent(l -> request.header("Authorization", basic(l)));
    HttpResponse<InputStream> response = send(host.client(), request.build());
    int status = response.statusCode();
    if (status != 200) {
      response.body().close();
      if (login.isPresent() && (status == 401 || status == 404 || status == 405)) {
        Map<String, String> form = new TreeMap<>();
        form.put("grant_type", "password");
        form.put("username", login.get().username());
        form.put("password", login.get().secret());
        return post(host, realm, service, scopes, scope, found.identity, form);
      }
      throw refused(status, login.isPresent());
    }
    return token(host, scope, found.identity, response);
  }

  private String post(
      RegistryHost host,
      String realm,
      String service,
      List<String> scopes,
      String scope,
      String identity,
      Map<String, String> form)
      throws IOException, InterruptedException {
    form.put("scope", String.join(" ", scopes));
    form.put("service", service);
    form.put("client_id", CLIENT_ID);
    List<String> body = new ArrayList<>();
    form.forEach((k, v) -> body.add(encode(k) + "=" + encode(v)));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(realm))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
            .POST(HttpRequest.BodyPublishers.ofString(String.join("&", body)))
            .build();
    HttpResponse<InputStream> response = send(host.client(), request);
    if (response.statusCode() != 200) {
      response.body().close();
      throw refused(response.statusCode(), true);
    }
    return token(host, scope, identity, response);
  }

  private static RegistryException refused(int status, boolean withLogin) {
    RegistryException.Reason reason =
        status == 401 || status == 403
            ? RegistryException.Reason.UNAUTHORIZED
            : RegistryException.Reason.STATUS;
    return new RegistryException(
        reason,
        status,
        (withLogin ? "failed to fetch oauth token" : "failed to fetch anonymous token")
            + ": unexpected status from token server: "
            + status);
  }

  private static HttpResponse<InputStream> send(HttpClient client, HttpRequest request)
      throws IOException, InterruptedException {
    return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
  }

  private String token(
      RegistryHost host, String scope, String identity, HttpResponse<InputStream> response)
      throws IOException {
    byte[] body;
    try (InputStream in = response.body()) {
      body = in.readNBytes(MAX_ANSWER);
    }
    try {
      if (Json.parse(body) instanceof Map<?, ?> answer) {
        Object token =
            answer.get("token") instanceof String t && !t.isEmpty()
                ? t
                : answer.get("access_token");
        long seconds = answer.get("expires_in") instanceof Long n ? n : 0;
        Instant issued = Instant.now();
        if (answer.get("issued_at") instanceof String at && !at.isEmpty()) {
          issued = Instant.parse(at);
        }
        if (token instanceof String t && !t.isEmpty()) {
          return remember(host, scope, identity, t, issued, seconds);
        }
      }
    } catch (JsonException | DateTimeParseException e) {
      throw new RegistryException(
          RegistryException.Reason.INVALID,
          0,
          host.host() + ": token server's answer cannot be read: " + e.getMessage());
    }
    throw new RegistryException(
        RegistryException.Reason.UNAUTHORIZED,
        0,
        host.host() + ": authorization server did not include a token in the response");
  }

  private String remember(
      RegistryHost host,
      String scope,
      String identity,
      String token,
      Instant issued,
      long seconds) {
    String header = "Bearer " + token;
    long life = seconds <= 0 ? 60 : seconds;
    if (known.size() > 4096) {
      known.values().removeIf(k -> Instant.now().isAfter(k.expires));
    }
    known.put(key(host.host(), scope, identity), new Known(header, issued.plusMillis(life * 900)));
    return header;
  }

  /** Scopes without repetition, the actions for one resource joined. */
  static List<String> mergeScopes(String scopes) {
    TreeMap<String, TreeSet<String>> byResource = new TreeMap<>();
    for (String s : scopes.trim().split(" +")) {
      int colon = s.lastIndexOf(':');
      if (colon > 0) {
        TreeSet<String> actions =
            byResource.computeIfAbsent(s.substring(0, colon), k -> new TreeSet<>());
        actions.addAll(List.of(s.substring(colon + 1).split(",")));
      }
    }
    List<String> all = new ArrayList<>();
    byResource.forEach((resource, actions) -> all.add(resource + ":" + String.join(",", actions)));
    return all;
  }

  private static List<String> identities(SessionGroup sessions) {
    List<String> all = new ArrayList<>();
    sessions.sessions().forEach(s -> all.add(s.id()));
    return all.isEmpty() ? List.of("") : all;
  }

  private static String key(String host, String scope, String identity) {
    return host + "\n" + scope + "\n" + identity;
  }

  private static String encode(String s) {
    return URLEncoder.encode(s, StandardCharsets.UTF_8);
  }
}
