package dev.gatehouse.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.gatehouse.client.BuildClient;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.CacheOption;
import dev.gatehouse.client.Export;
import dev.gatehouse.client.FakeDaemon;
import dev.gatehouse.client.SecretSource;
import dev.gatehouse.client.SshSource;
import dev.gatehouse.client.StatusListener;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.protocol.auth.CredentialsRequest;
import dev.gatehouse.protocol.auth.CredentialsResponse;
import dev.gatehouse.protocol.auth.GetTokenAuthorityRequest;
import dev.gatehouse.protocol.auth.GetTokenAuthorityResponse;
import dev.gatehouse.protocol.auth.VerifyTokenAuthorityRequest;
import dev.gatehouse.protocol.auth.VerifyTokenAuthorityResponse;
import dev.gatehouse.protocol.content.DeleteContentRequest;
import dev.gatehouse.protocol.content.InfoRequest;
import dev.gatehouse.protocol.content.InfoResponse;
import dev.gatehouse.protocol.content.ReadContentRequest;
import dev.gatehouse.protocol.content.ReadContentResponse;
import dev.gatehouse.protocol.content.WriteAction;
import dev.gatehouse.protocol.content.WriteContentRequest;
import dev.gatehouse.protocol.content.WriteContentResponse;
import dev.gatehouse.protocol.control.SolveResponse;
import dev.gatehouse.protocol.fsutil.Packet;
import dev.gatehouse.protocol.fsutil.Stat;
import dev.gatehouse.protocol.secrets.GetSecretRequest;
import dev.gatehouse.protocol.secrets.GetSecretResponse;
import dev.gatehouse.protocol.sshforward.BytesMessage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
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
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every service of a session, called by a pretended daemon through the real tunnel. */
@Timeout(60)
class SessionTest {
  @TempDir Path temp;

  private interface Body {
    void run(RpcChannel session) throws Exception;
  }

  /** Runs a build during which the daemon does what the body says. */
  private void during(BuildRequest.Builder request, Body body) throws Exception {
    Throwable[] failure = new Throwable[1];
    try (FakeDaemon daemon =
            new FakeDaemon((solve, session) -> {
              try {
                body.run(session);
              } catch (Throwable e) {
                failure[0] = e;
              }
              return SolveResponse.getDefaultInstance();
            });
        BuildClient client = daemon.connect()) {
      client.solve(request.frontend("f").build(), StatusListener.none());
    }
    if (failure[0] != null) {
      throw new AssertionError(failure[0]);
    }
  }

  private static <A> A call(
      RpcChannel c,
      String method,
      MessageLite request,
      Parser<A> parser,
      Map<String, List<String>> md)
      throws Exception {
    return parser.parseFrom(c.call(method, request.toByteArray(), md));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Path sampleTree() throws Exception {
    Path root = Files.createDirectory(temp.resolve("context"));
    Files.createDirectories(root.resolve("src/deep"));
    Files.writeString(root.resolve("src/deep/a.txt"), "a");
    Files.writeString(root.resolve("src.txt"), "beside");
    Files.write(root.resolve("big"), new byte[200_000]);
    Files.createSymbolicLink(root.resolve("link"), Path.of("src/deep"));
    Files.createLink(root.resolve("z-hard"), root.resolve("src/deep/a.txt"));
    Files.writeString(root.resolve("ä.txt"), "umlaut");
    Files.writeString(root.resolve("run.sh"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(
        root.resolve("run.sh"), PosixFilePermissions.fromString("rwxr-x--x"));
    Files.setLastModifiedTime(root.resolve("run.sh"), FileTime.fromMillis(1_000_000_000_123L));
    return root;
  }

  @Test
  void aDirectoryArrivesAsItIs() throws Exception {
    Path context = sampleTree();
    Path copy = temp.resolve("copy");
    during(
        BuildRequest.builder().localDirectory("context", context),
        session -> {
          try (RpcStream stream =
              session.open(
                  "/moby.filesync.v1.FileSync/DiffCopy", Map.of("dir-name", List.of("context")))) {
            new TreeReceiver(stream, copy, false).run();
          }
        });
    assertThat(Files.readString(copy.resolve("src/deep/a.txt"))).isEqualTo("a");
    assertThat(Files.size(copy.resolve("big"))).isEqualTo(200_000);
    assertThat(Files.readSymbolicLink(copy.resolve("link"))).isEqualTo(Path.of("src/deep"));
    assertThat(Files.readString(copy.resolve("ä.txt"))).isEqualTo("umlaut");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy.resolve("run.sh"))))
        .isEqualTo("rwxr-x--x");
    assertThat(Files.getLastModifiedTime(copy.resolve("run.sh")).toMillis())
        .isEqualTo(1_000_000_000_123L);
    assertThat(Files.getAttribute(copy.resolve("z-hard"), "unix:ino"))
        .isEqualTo(Files.getAttribute(copy.resolve("src/deep/a.txt"), "unix:ino"));
  }

  private List<String> listed(
      Path root, List<String> includes, List<String> excludes, List<String> follow)
      throws Exception {
    List<String> paths = new ArrayList<>();
    new FileTree(root, includes, excludes, follow).walk(stat -> paths.add(stat.getPath()));
    return paths;
  }

  @Test
  void orderIsThatOfTheProtocol() throws Exception {
    Path root = sampleTree();
    assertThat(listed(root, List.of(), List.of(), List.of()))
        .containsExactly(
            "big",
            "link",
            "run.sh",
            "src",
            "src/deep",
            "src/deep/a.txt",
            "src.txt",
            "z-hard",
            "ä.txt");
    List<String> links = new ArrayList<>();
    List<Long> owners = new ArrayList<>();
    new FileTree(root, List.of(), List.of(), List.of())
        .walk(s -> {
          owners.add((long) s.getUid() + s.getGid());
          if (!s.getLinkname().isEmpty()) {
            links.add(s.getPath() + "->" + s.getLinkname() + " " + s.getSize());
          }
        });
    assertThat(links).containsExactly("link->src/deep 8", "z-hard->src/deep/a.txt 1");
    assertThat(owners).containsOnly(0L);
  }

  @Test
  void patternsFilter() throws Exception {
    Path root = sampleTree();
    assertThat(listed(root, List.of(), List.of("src", "!src/deep/*.txt", "b*", "link"), List.of()))
        .containsExactly(
            "run.sh", "src", "src/deep", "src/deep/a.txt", "src.txt", "z-hard", "ä.txt");
    assertThat(listed(root, List.of("**/a.txt"), List.of(), List.of()))
        .containsExactly("src", "src/deep", "src/deep/a.txt");
    assertThat(listed(root, List.of(), List.of("**"), List.of())).isEmpty();
    assertThat(listed(root, List.of(), List.of(), List.of("link/a.txt")))
        .containsExactly("link", "src", "src/deep", "src/deep/a.txt");
    assertThat(listed(root, List.of("src"), List.of("src/deep/a.txt"), List.of()))
        .containsExactly("src", "src/deep");
    assertThatThrownBy(() -> listed(root, List.of(), List.of("[a"), List.of()))
        .hasMessageContaining("syntax error in pattern");
  }

  @Test
  void patternsMeanWhatIgnoreFilesSay() {
    assertThat(new PathFilter(List.of("*.go")).matches("a.go")).isTrue();
    assertThat(new PathFilter(List.of("*.go")).matches("x/a.go")).isFalse();
    assertThat(new PathFilter(List.of("**/*.go")).matches("x/y/a.go")).isTrue();
    assertThat(new PathFilter(List.of("**/*.go")).matches("a.go")).isTrue();
    assertThat(new PathFilter(List.of("a/**")).matches("a/b/c")).isTrue();
    assertThat(new PathFilter(List.of("a/**")).matches("a")).isFalse();
    assertThat(new PathFilter(List.of("a/**/c")).matches("a/c")).isTrue();
    assertThat(new PathFilter(List.of("**foo")).matches("a/xfoo")).isTrue();
    assertThat(new PathFilter(List.of("dir")).matches("dir/inside/deep")).isTrue();
    assertThat(new PathFilter(List.of("dir", "!dir/inside")).matches("dir/inside/deep")).isFalse();
    assertThat(new PathFilter(List.of("a?c")).matches("abc")).isTrue();
    assertThat(new PathFilter(List.of("a[^b]c")).matches("abc")).isFalse();
    assertThat(new PathFilter(List.of("\\*")).matches("*")).isTrue();
    assertThat(new PathFilter(List.of("./x//y/../z")).matches("x/z")).isTrue();
    // Time stays in proportion for patterns that make backtracking explode.
    assertThat(new PathFilter(List.of("**/".repeat(30) + "b")).matches("a/".repeat(200) + "c"))
        .isFalse();
  }

  @Test
  void aDirectoryThatWasNotNamedIsNotGiven() throws Exception {
    during(
        BuildRequest.builder().localDirectory("context", sampleTree()),
        session -> {
          RpcException e =
              catchThrowableOfType(
                  RpcException.class,
                  () -> {
                    try (RpcStream stream =
                        session.open(
                            "/moby.filesync.v1.FileSync/DiffCopy",
                            Map.of("dir-name", List.of("etc")))) {
                      stream.receive();
                    }
                  });
          assertThat(e).hasMessage("no access allowed to dir \"etc\"");
          assertThat(e.status()).isEqualTo(StatusCode.NOT_FOUND);
        });
  }

  @Test
  void anExportedTreeIsWritten() throws Exception {
    Path tree = sampleTree();
    Path out = temp.resolve("out");
    Files.createDirectories(out);
    Files.writeString(out.resolve("kept"), "k");
    during(
        BuildRequest.builder().export(Export.toDirectory("local", Map.of(), out)),
        session -> {
          try (RpcStream stream =
              session.open(
                  "/moby.filesync.v1.FileSend/DiffCopy",
                  Map.of("buildkit-attachable-exporter-id", List.of("0")))) {
            FileSyncService.send(stream, new FileTree(tree, List.of(), List.of(), List.of()));
          }
        });
    assertThat(Files.readString(out.resolve("src/deep/a.txt"))).isEqualTo("a");
    assertThat(out.resolve("kept")).exists();
  }

  /** Sends what no honest exporter would, and tells what the receiver says. */
  private String refused(Stat... stats) throws Exception {
    Path out = Files.createTempDirectory(temp, "out");
    String[] answer = {""};
    during(
        BuildRequest.builder().export(Export.toDirectory("local", Map.of(), out)),
        session -> {
          try (RpcStream stream = session.open("/moby.filesync.v1.FileSend/DiffCopy", Map.of())) {
            for (Stat stat : stats) {
              stream.send(
                  Packet.newBuilder()
                      .setType(Packet.PacketType.PACKET_STAT)
                      .setStat(stat)
                      .build()
                      .toByteArray());
            }
            byte[] bytes;
            while ((bytes = stream.receive()) != null) {
              Packet p = Packet.parseFrom(bytes);
              if (p.getType() == Packet.PacketType.PACKET_ERR) {
                answer[0] = p.getData().toStringUtf8();
                return;
              }
            }
          }
        });
    try (var left = Files.list(out)) {
      assertThat(left.filter(p -> p.getFileName().toString().endsWith(".part"))).isEmpty();
    }
    return answer[0];
  }

  @Test
  void pathsThatLeaveTheDirectoryAreRefused() throws Exception {
    assertThat(refused(Stat.newBuilder().setPath("../evil").setMode(0644).build()))
        .contains("leaves the directory");
    assertThat(refused(Stat.newBuilder().setPath("/etc/passwd").setMode(0644).build()))
        .contains("not a clean relative path");
    assertThat(
            refused(
                Stat.newBuilder()
                    .setPath("l")
                    .setMode(dev.gatehouse.frontend.FileStat.SYMLINK | 0777)
                    .setLinkname("/tmp")
                    .build(),
                Stat.newBuilder().setPath("l/evil").setMode(0644).build()))
        .contains("comes before its directory");
    assertThat(
            refused(
                Stat.newBuilder()
                    .setPath("d")
                    .setMode(dev.gatehouse.frontend.FileStat.DIRECTORY | 0755)
                    .build(),
                Stat.newBuilder()
                    .setPath("d")
                    .setMode(dev.gatehouse.frontend.FileStat.SYMLINK | 0777)
                    .setLinkname("/tmp")
                    .build(),
                Stat.newBuilder().setPath("d/evil").setMode(0644).build()))
        .contains("comes twice");
    assertThat(refused(Stat.newBuilder().setPath("h").setMode(0644).setLinkname("nothing").build()))
        .contains("invalid link to unknown path");
  }

  @Test
  void anExportedFileIsWrittenWithItsFacts() throws Exception {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    Map<String, String>[] facts = new Map[1];
    during(
        BuildRequest.builder()
            .export(Export.of("image", Map.of()))
            .export(
                Export.toFile(
                    "tar",
                    Map.of(),
                    metadata -> {
                      facts[0] = metadata;
                      return file;
                    })),
        session -> {
          try (RpcStream stream =
              session.open(
                  "/moby.filesync.v1.FileSend/DiffCopy",
                  Map.of(
                      "buildkit-attachable-exporter-id", List.of("1"),
                      "exporter-md-name", List.of("x")))) {
            for (String part : List.of("hel", "lo")) {
              stream.send(
                  dev.gatehouse.protocol.filesync.BytesMessage.newBuilder()
                      .setData(ByteString.copyFromUtf8(part))
                      .build()
                      .toByteArray());
            }
            stream.closeSend();
            assertThat(stream.receive()).isNull();
          }
        });
    assertThat(file.toString(StandardCharsets.UTF_8)).isEqualTo("hello");
    assertThat(facts[0]).containsEntry("name", "x");
  }

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
  void contentOfALayoutIsReadAndWritten() throws Exception {
    Path layout = Files.createDirectories(temp.resolve("layout"));
    byte[] blob = utf8("a blob");
    Digest digest = Digest.sha256(blob);
    Files.createDirectories(layout.resolve("blobs/sha256"));
    Files.write(layout.resolve("blobs/sha256").resolve(digest.hex()), blob);
    Path cache = temp.resolve("cache");
    Map<String, List<String>> store = Map.of("buildkit-attachable-store-id", List.of("oci:base"));
    Map<String, List<String>> written =
        Map.of("buildkit-attachable-store-id", List.of("local:" + cache));
    during(
        BuildRequest.builder()
            .ociLayout("base", layout)
            .cacheExport(new CacheOption("local", Map.of("dest", cache.toString()))),
        session -> {
          String service = "/containerd.services.content.v1.Content/";
          InfoResponse info =
              call(
                  session,
                  service + "Info",
                  InfoRequest.newBuilder().setDigest(digest.value()).build(),
                  InfoResponse.parser(),
                  store);
          assertThat(info.getInfo().getSize()).isEqualTo(6);
          try (RpcStream read = session.open(service + "Read", store)) {
            read.send(
                ReadContentRequest.newBuilder()
                    .setDigest(digest.value())
                    .setOffset(2)
                    .setSize(3)
                    .build()
                    .toByteArray());
            read.closeSend();
            assertThat(ReadContentResponse.parseFrom(read.receive()).getData().toStringUtf8())
                .isEqualTo("blo");
            assertThat(read.receive()).isNull();
          }
          byte[] fresh = utf8("fresh content");
          for (boolean honest : new boolean[] {false, true}) {
            String expected =
                honest ? Digest.sha256(fresh).value() : Digest.sha256("other").value();
            try (RpcStream write = session.open(service + "Write", written)) {
              write.send(
                  WriteContentRequest.newBuilder()
                      .setAction(WriteAction.WRITE)
                      .setRef("r")
                      .setData(ByteString.copyFrom(fresh))
                      .build()
                      .toByteArray());
              assertThat(WriteContentResponse.parseFrom(write.receive()).getOffset())
                  .isEqualTo(fresh.length);
              write.send(
                  WriteContentRequest.newBuilder()
                      .setAction(WriteAction.COMMIT)
                      .setRef("r")
                      .setOffset(fresh.length)
                      .setExpected(expected)
                      .build()
                      .toByteArray());
              if (honest) {
                assertThat(WriteContentResponse.parseFrom(write.receive()).getDigest())
                    .isEqualTo(expected);
              } else {
                assertThatThrownBy(write::receive).hasMessageContaining("unexpected commit digest");
              }
            }
          }
          assertThat(cache.resolve("blobs/sha256").resolve(Digest.sha256(fresh).hex()))
              .hasBinaryContent(fresh);
          assertThatThrownBy(() ->
                  session.call(
                      service + "Delete",
                      DeleteContentRequest.newBuilder()
                          .setDigest(digest.value())
                          .build()
                          .toByteArray(),
                      store))
              .hasMessage("store oci:base is lent for reading");
          assertThat(layout.resolve("blobs/sha256").resolve(digest.hex())).exists();
          assertThatThrownBy(() ->
                  session.call(
                      service + "Info",
                      InfoRequest.newBuilder().setDigest(digest.value()).build().toByteArray(),
                      Map.of("buildkit-attachable-store-id", List.of("other"))))
              .hasMessageContaining("unknown store other");
        });
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
  void localCachesAreFoundByTagAndNamedInTheIndex() throws Exception {
    Path cache = temp.resolve("cache");
    try (FakeDaemon daemon =
            new FakeDaemon((solve, session) ->
                SolveResponse.newBuilder()
                    .putExporterResponse(
                        "cache.manifest",
                        "{\"digest\":\"" + Digest.sha256("m").value() + "\",\"size\":1}")
                    .build());
        BuildClient client = daemon.connect()) {
      BuildRequest.Builder request =
          BuildRequest.builder()
              .frontend("f")
              .cacheImport(new CacheOption("local", Map.of("src", cache.toString())))
              .cacheExport(new CacheOption("local", Map.of("dest", cache.toString())));
      client.solve(request.build(), StatusListener.none());
      LocalCaches again = LocalCaches.prepare(request.build());
      assertThat(again.imports().get(0).attributes())
          .containsEntry("digest", Digest.sha256("m").value());
      assertThat(again.stores()).containsEntry("local:" + cache, cache);
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
