package dev.gatehouse.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.gatehouse.client.BuildClient;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.FakeDaemon;
import dev.gatehouse.client.SecretSource;
import dev.gatehouse.client.SshSource;
import dev.gatehouse.client.StatusListener;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.protocol.auth.CredentialsRequest;
import dev.gatehouse.protocol.auth.CredentialsResponse;
import dev.gatehouse.protocol.auth.GetTokenAuthorityRequest;
import dev.gatehouse.protocol.auth.GetTokenAuthorityResponse;
import dev.gatehouse.protocol.auth.VerifyTokenAuthorityRequest;
import dev.gatehouse.protocol.auth.VerifyTokenAuthorityResponse;
import dev.gatehouse.protocol.control.SolveResponse;
import dev.gatehouse.protocol.secrets.GetSecretRequest;
import dev.gatehouse.protocol.secrets.GetSecretResponse;
import dev.gatehouse.protocol.sshforward.BytesMessage;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The small services of a session: secrets, credentials, SSH agents, uploads. */
class SessionTest extends SessionCalls {
  @Test
  void secrets() throws Exception {
    Path file = temp.resolve("secret");
    Files.writeString(file, "s3cret");
    Path large = temp.resolve("large");
    Files.write(large, new byte[SecretsService.MAX + 1]);
    during(
        BuildRequest.builder()
            .secret(SecretSource.file("f", file))
            .secret(SecretSource.file("large", large))
            .secret(SecretSource.environment("e", "PATH")),
        session -> {
          String method = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
          assertThat(
                  call(
                          session,
                          method,
                          GetSecretRequest.newBuilder().setID("f").build(),
                          GetSecretResponse.parser(),
                          Map.of())
                      .getData()
                      .toStringUtf8())
              .isEqualTo("s3cret");
          assertThat(
                  call(
                          session,
                          method,
                          GetSecretRequest.newBuilder().setID("e").build(),
                          GetSecretResponse.parser(),
                          Map.of())
                      .getData()
                      .toStringUtf8())
              .isEqualTo(System.getenv("PATH"));
          RpcException e =
              catchThrowableOfType(
                  RpcException.class,
                  () ->
                      session.call(
                          method, GetSecretRequest.newBuilder().setID("x").build().toByteArray()));
          assertThat(e.status()).isEqualTo(StatusCode.NOT_FOUND);
          assertThatThrownBy(() ->
                  session.call(
                      method, GetSecretRequest.newBuilder().setID("large").build().toByteArray()))
              .hasMessageContaining("too big");
        });
  }

  @Test
  void credentialsAndTokenAuthority() throws Exception {
    Path config = Files.createDirectory(temp.resolve("docker"));
    Files.writeString(
        config.resolve("config.json"),
        "{\"auths\":{\"reg.example:5000\":{\"auth\":\""
            + Base64.getEncoder().encodeToString(utf8("user:pass:word"))
            + "\"},\"https://index.docker.io/v1/\":{\"identitytoken\":\"tok\"}}}");
    during(
        BuildRequest.builder().dockerConfig(config),
        session -> {
          String method = "/moby.filesync.v1.Auth/Credentials";
          CredentialsResponse c =
              call(
                  session,
                  method,
                  CredentialsRequest.newBuilder().setHost("reg.example:5000").build(),
                  CredentialsResponse.parser(),
                  Map.of());
          assertThat(c.getUsername()).isEqualTo("user");
          assertThat(c.getSecret()).isEqualTo("pass:word");
          c =
              call(
                  session,
                  method,
                  CredentialsRequest.newBuilder().setHost("registry-1.docker.io").build(),
                  CredentialsResponse.parser(),
                  Map.of());
          assertThat(c.getUsername()).isEmpty();
          assertThat(c.getSecret()).isEqualTo("tok");
          c =
              call(
                  session,
                  method,
                  CredentialsRequest.newBuilder().setHost("other").build(),
                  CredentialsResponse.parser(),
                  Map.of());
          assertThat(c.getSecret()).isEmpty();

          ByteString salt = ByteString.copyFromUtf8("salt");
          byte[] key =
              call(
                      session,
                      "/moby.filesync.v1.Auth/GetTokenAuthority",
                      GetTokenAuthorityRequest.newBuilder()
                          .setHost("reg.example:5000")
                          .setSalt(salt)
                          .build(),
                      GetTokenAuthorityResponse.parser(),
                      Map.of())
                  .getPublicKey()
                  .toByteArray();
          assertThat(key).hasSize(32);
          byte[] signed =
              call(
                      session,
                      "/moby.filesync.v1.Auth/VerifyTokenAuthority",
                      VerifyTokenAuthorityRequest.newBuilder()
                          .setHost("reg.example:5000")
                          .setSalt(salt)
                          .setPayload(ByteString.copyFromUtf8("payload"))
                          .build(),
                      VerifyTokenAuthorityResponse.parser(),
                      Map.of())
                  .getSigned()
                  .toByteArray();
          assertThat(new String(signed, 64, signed.length - 64, StandardCharsets.UTF_8))
              .isEqualTo("payload");
          Signature signature = Signature.getInstance("Ed25519");
          signature.initVerify(publicKey(key));
          signature.update(utf8("payload"));
          assertThat(signature.verify(Arrays.copyOf(signed, 64))).isTrue();
        });
  }

  private static PublicKey publicKey(byte[] raw) throws Exception {
    byte[] reversed = new byte[raw.length];
    for (int i = 0; i < raw.length; i++) {
      reversed[i] = raw[raw.length - 1 - i];
    }
    boolean odd = (reversed[0] & 0x80) != 0;
    reversed[0] &= 0x7f;
    return KeyFactory.getInstance("Ed25519")
        .generatePublic(
            new EdECPublicKeySpec(
                NamedParameterSpec.ED25519, new EdECPoint(odd, new BigInteger(1, reversed))));
  }

  @Test
  void aLentSshAgentOnlyListsAndSigns() throws Exception {
    Path path = temp.resolve("agent");
    try (ServerSocketChannel agent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      agent.bind(UnixDomainSocketAddress.of(path));
      List<Integer> seen = new ArrayList<>();
      Thread.startVirtualThread(() -> {
        try (SocketChannel c = agent.accept()) {
          while (true) {
            ByteBuffer head = ByteBuffer.allocate(5);
            while (head.hasRemaining()) {
              if (c.read(head) < 0) {
                return;
              }
            }
            head.flip();
            int length = head.getInt();
            seen.add((int) head.get());
            ByteBuffer rest = ByteBuffer.allocate(length - 1);
            while (rest.hasRemaining()) {
              c.read(rest);
            }
            c.write(ByteBuffer.wrap(new byte[] {0, 0, 0, 2, 12, 0}));
          }
        } catch (java.io.IOException e) {
          seen.add(-1);
        }
      });
      during(
          BuildRequest.builder().sshAgent(new SshSource("default", path, false)),
          session -> {
            try (RpcStream stream =
                session.open("/moby.sshforward.v1.SSH/ForwardAgent", Map.of())) {
              byte[] list = {0, 0, 0, 1, 11};
              byte[] removeAll = {0, 0, 0, 1, 19};
              for (byte[] message : List.of(list, removeAll, list)) {
                stream.send(
                    BytesMessage.newBuilder()
                        .setData(ByteString.copyFrom(message))
                        .build()
                        .toByteArray());
              }
              List<Integer> types = new ArrayList<>();
              for (int i = 0; i < 3; i++) {
                types.add((int) BytesMessage.parseFrom(stream.receive()).getData().byteAt(4));
              }
              assertThat(types).containsExactly(12, 5, 12);
            }
          });
      assertThat(seen.subList(0, 2)).containsExactly(11, 11);
    }
  }

  @Test
  void uploads() throws Exception {
    during(
        BuildRequest.builder().upload("id1", () -> new ByteArrayInputStream(new byte[3 << 20])),
        session -> {
          try (RpcStream stream =
              session.open("/moby.upload.v1.Upload/Pull", Map.of("urlpath", List.of("/id1")))) {
            int size = 0;
            byte[] message;
            while ((message = stream.receive()) != null) {
              size +=
                  dev.gatehouse.protocol.upload.BytesMessage.parseFrom(message).getData().size();
            }
            assertThat(size).isEqualTo(3 << 20);
          }
        });
  }

  @Test
  void onlyWhatIsNamedIsServed() throws Exception {
    try (FakeDaemon daemon =
            new FakeDaemon((solve, session) -> SolveResponse.getDefaultInstance());
        BuildClient client = daemon.connect()) {
      client.solve(BuildRequest.builder().frontend("f").build(), StatusListener.none());
      assertThat(daemon.sessionMethods)
          .containsExactly("/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch");
    }
  }

  @Test
  void aSocketOverAUnixSocketReadsAndWritesAtOnce() throws Exception {
    Path path = temp.resolve("s");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      try (Socket a = dev.gatehouse.client.UnixSocket.connect(UnixDomainSocketAddress.of(path));
          Socket b = dev.gatehouse.client.UnixSocket.of(server.accept())) {
        Thread reader =
            Thread.startVirtualThread(() -> {
              try (InputStream in = b.getInputStream();
                  OutputStream out = b.getOutputStream()) {
                in.transferTo(out);
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
        byte[] answer = new byte[5];
        Thread read =
            Thread.startVirtualThread(() -> {
              try {
                System.arraycopy(a.getInputStream().readNBytes(5), 0, answer, 0, 5);
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
        Thread.sleep(50); // the reader waits now
        a.getOutputStream().write(utf8("hello"));
        read.join();
        assertThat(new String(answer, StandardCharsets.UTF_8)).isEqualTo("hello");
        a.close();
        reader.join();
      }
    }
  }
}
