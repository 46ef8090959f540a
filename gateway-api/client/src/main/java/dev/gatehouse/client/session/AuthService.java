package dev.gatehouse.client.session;

import com.google.protobuf.ByteString;
import dev.gatehouse.client.session.DockerConfig.Credentials;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.protocol.auth.CredentialsRequest;
import dev.gatehouse.protocol.auth.CredentialsResponse;
import dev.gatehouse.protocol.auth.FetchTokenRequest;
import dev.gatehouse.protocol.auth.FetchTokenResponse;
import dev.gatehouse.protocol.auth.GetTokenAuthorityRequest;
import dev.gatehouse.protocol.auth.GetTokenAuthorityResponse;
import dev.gatehouse.protocol.auth.VerifyTokenAuthorityRequest;
import dev.gatehouse.protocol.auth.VerifyTokenAuthorityResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * {@code moby.filesync.v1.Auth}: registries' credentials of the person who builds.
 *
 * <p>With a token authority the daemon gets tokens, fetched here, and never the password.
 */
final class AuthService extends MessageService {
  private static final String CLIENT_ID = "buildkit-client";
  private static final int DEFAULT_EXPIRY_SECONDS = 60;
  private static final int MAX_ANSWER = 1 << 20;
  private static final Pattern LOOPBACK = Pattern.compile("127(\\.[0-9]{1,3}){3}");
  private static final SecureRandom RANDOM = new SecureRandom();

  private final DockerConfig config;

  AuthService(Path dockerConfig) {
    super("moby.filesync.v1.Auth");
    config = new DockerConfig(dockerConfig);
    unary(
        "Credentials",
        CredentialsRequest.parser(),
        (request, metadata) -> {
          Credentials c = config.credentials(request.getHost());
          return CredentialsResponse.newBuilder()
              .setUsername(c.username())
              .setSecret(c.secret())
              .build();
        });
    unary("FetchToken", FetchTokenRequest.parser(), (request, metadata) -> token(request));
    unary(
        "GetTokenAuthority",
        GetTokenAuthorityRequest.parser(),
        (request, metadata) -> {
          byte[] encoded =
              key(request.getHost(), request.getSalt().toByteArray()).getPublic().getEncoded();
          // The key itself ends its X.509 encoding.
          return GetTokenAuthorityResponse.newBuilder()
              .setPublicKey(ByteString.copyFrom(encoded, encoded.length - 32, 32))
              .build();
        });
    unary(
        "VerifyTokenAuthority",
        VerifyTokenAuthorityRequest.parser(),
        (request, metadata) -> verify(request));
  }

  private VerifyTokenAuthorityResponse verify(VerifyTokenAuthorityRequest request)
      throws RpcException, IOException, InterruptedException {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(key(request.getHost(), request.getSalt().toByteArray()).getPrivate());
      byte[] payload = request.getPayload().toByteArray();
      signature.update(payload);
      return VerifyTokenAuthorityResponse.newBuilder()
          .setSigned(ByteString.copyFrom(signature.sign()).concat(ByteString.copyFrom(payload)))
          .build();
    } catch (GeneralSecurityException e) {
      throw new RpcException(StatusCode.UNAVAILABLE, "no Ed25519 here: " + e.getMessage());
    }
  }

  /** The same key for the same salt, host and client, and another without a password. */
  private KeyPair key(String host, byte[] salt)
      throws RpcException, IOException, InterruptedException {
    String off = Objects.requireNonNullElse(System.getenv("BUILDKIT_NO_CLIENT_TOKEN"), "");
    if (off.equals("1") || off.equalsIgnoreCase("true") || off.equalsIgnoreCase("t")) {
      throw new RpcException(StatusCode.UNAVAILABLE, "client side tokens disabled");
    }
    boolean secret = !config.credentials(host).secret().isEmpty();
    byte[] clientSeed = config.seed(host, RANDOM);
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(salt.length == 0 ? new byte[1] : salt, "HmacSHA256"));
      if (secret) {
        mac.update(clientSeed);
      }
      byte[] seed = mac.doFinal();
      KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
      generator.initialize(NamedParameterSpec.ED25519, new FixedRandom(seed));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new RpcException(StatusCode.UNAVAILABLE, "no Ed25519 here: " + e.getMessage());
    }
  }

  /** Hands a seed to the key generator, which is how Java makes a key pair of one. */
  private static final class FixedRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;
    private final byte[] seed;

    FixedRandom(byte[] seed) {
      this.seed = seed;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      System.arraycopy(seed, 0, bytes, 0, Math.min(seed.length, bytes.length));
    }
  }

  private FetchTokenResponse token(FetchTokenRequest request)
      throws RpcException, IOException, InterruptedException {
    Credentials c = config.credentials(request.getHost());
    if (!c.registryToken().isEmpty()) {
      return FetchTokenResponse.newBuilder()
          .setToken(c.registryToken())
          .setExpiresIn(DEFAULT_EXPIRY_SECONDS)
          .build();
    }
    URI realm;
    try {
      realm = URI.create(request.getRealm());
    } catch (IllegalArgumentException e) {
      throw new RpcException(
          StatusCode.INVALID_ARGUMENT, "the registry names no realm: " + request.getRealm());
    }
    HttpClient http =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(30))
            // A redirect would take the password along, wherever it leads.
            .followRedirects(
                c.secret().isEmpty() ? HttpClient.Redirect.NORMAL : HttpClient.Redirect.NEVER)
            .build();
    if (c.secret().isEmpty()) {
      return answer(get(http, realm, request, c), "failed to fetch anonymous token");
    }
    if (!"https".equals(realm.getScheme()) && !loopback(realm)) {
      throw new RpcException(
          StatusCode.PERMISSION_DENIED,
          "credentials are not sent to " + realm + ": it is not https");
    }
    HttpResponse<InputStream> oauth = post(http, realm, request, c);
    int status = oauth.statusCode();
    if ((status == 405 && !c.username().isEmpty()) || status == 404 || status == 401) {
      oauth.body().close();
      return answer(get(http, realm, request, c), "failed to fetch oauth token");
    }
    return answer(oauth, "failed to fetch oauth token");
  }

  private static boolean loopback(URI uri) {
    String host = uri.getHost();
    return host != null
        && (host.equals("localhost") || host.equals("[::1]") || LOOPBACK.matcher(host).matches());
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static HttpResponse<InputStream> get(
      HttpClient http, URI realm, FetchTokenRequest request, Credentials c)
      throws IOException, InterruptedException {
    StringBuilder query =
        new StringBuilder(realm.getRawQuery() == null ? "" : realm.getRawQuery() + "&");
    query.append("service=").append(encode(request.getService()));
    request.getScopesList().forEach(scope -> query.append("&scope=").append(encode(scope)));
    String base = realm.toString();
    int question = base.indexOf('?');
    HttpRequest.Builder b =
        HttpRequest.newBuilder(
                URI.create((question < 0 ? base : base.substring(0, question)) + "?" + query))
            .timeout(Duration.ofSeconds(60));
    if (!c.secret().isEmpty()) {
      b.header(
          "Authorization",
          "Basic "
              + Base64.getEncoder()
                  .encodeToString(
                      (c.username() + ":" + c.secret()).getBytes(StandardCharsets.UTF_8)));
    }
    return http.send(b.build(), HttpResponse.BodyHandlers.ofInputStream());
  }

  private static HttpResponse<InputStream> post(
      HttpClient http, URI realm, FetchTokenRequest request, Credentials c)
      throws IOException, InterruptedException {
    StringBuilder form = new StringBuilder("client_id=" + CLIENT_ID);
    form.append("&service=").append(encode(request.getService()));
    form.append("&scope=").append(encode(String.join(" ", request.getScopesList())));
    if (c.username().isEmpty()) {
      form.append("&grant_type=refresh_token&refresh_token=").append(encode(c.secret()));
    } else {
      form.append("&grant_type=password&username=").append(encode(c.username()));
      form.append("&password=").append(encode(c.secret()));
    }
    return http.send(
        HttpRequest.newBuilder(realm)
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
            .POST(HttpRequest.BodyPublishers.ofString(form.toString()))
            .build(),
        HttpResponse.BodyHandlers.ofInputStream());
  }

  private static FetchTokenResponse answer(HttpResponse<InputStream> response, String failure)
      throws RpcException, IOException {
    byte[] body;
    try (InputStream in = response.body()) {
      body = in.readNBytes(MAX_ANSWER);
    }
    if (response.statusCode() / 100 != 2) {
      throw new RpcException(
          response.statusCode() == 401 ? StatusCode.UNAUTHENTICATED : StatusCode.UNKNOWN,
          failure
              + ": unexpected status "
              + response.statusCode()
              + " from "
              + response.uri().getHost());
    }
    try {
      if (Json.parse(body) instanceof Map<?, ?> json) {
        String token = "";
        for (String name : List.of("access_token", "token")) {
          if (json.get(name) instanceof String text && !text.isEmpty()) {
            token = text;
            break;
          }
        }
        if (!token.isEmpty()) {
          FetchTokenResponse.Builder b = FetchTokenResponse.newBuilder().setToken(token);
          long expires = json.get("expires_in") instanceof Long seconds ? seconds : 0;
          b.setExpiresIn(expires == 0 ? DEFAULT_EXPIRY_SECONDS : expires);
          if (json.get("issued_at") instanceof String issued) {
            b.setIssuedAt(Instant.parse(issued).getEpochSecond());
          }
          return b.build();
        }
      }
    } catch (JsonException | DateTimeParseException e) {
      throw new RpcException(StatusCode.UNKNOWN, failure + ": " + e.getMessage());
    } finally {
      Arrays.fill(body, (byte) 0);
    }
    throw new RpcException(StatusCode.UNKNOWN, failure + ": the answer holds no token");
  }
}
