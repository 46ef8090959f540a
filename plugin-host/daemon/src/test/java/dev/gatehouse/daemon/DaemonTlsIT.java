package dev.gatehouse.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.daemon.config.ConfigReader;
import dev.gatehouse.daemon.transport.ListenAddress;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcChannels;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.protocol.control.InfoResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A daemon on a TCP port with the certificates that its {@code buildkitd.toml} names. */
@Timeout(240)
class DaemonTlsIT {
  private static final String INFO = "/moby.buildkit.v1.Control/Info";
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir Path dir;
  private KeyStore keys;
  private Daemon daemon;

  @BeforeEach
  void makeCertificates() throws Exception {
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "the worker needs root");
    keytool("authority", "-ext", "bc:c");
    keytool("daemon", "-signer", "authority", "-ext", "san=ip:127.0.0.1");
    keytool("client", "-signer", "authority");
    keytool("stranger");
    keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(dir.resolve("keys"))) {
      keys.load(in, PASSWORD);
    }
    pem("ca.pem", "CERTIFICATE", keys.getCertificate("authority").getEncoded());
    pem("cert.pem", "CERTIFICATE", keys.getCertificate("daemon").getEncoded());
    pem("key.pem", "PRIVATE KEY", keys.getKey("daemon", PASSWORD).getEncoded());
  }

  private void keytool(String name, String... more) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                dir.resolve("keys").toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "2",
                "-alias",
                name,
                "-dname",
                "CN=" + name));
    command.addAll(List.of(more));
    Process keytool =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor()).as(Files.readString(dir.resolve("keytool.log"))).isZero();
  }

  private void pem(String file, String what, byte[] content) throws IOException {
    Files.writeString(
        dir.resolve(file),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(what, Base64.getMimeEncoder().encodeToString(content), what));
  }

  @AfterEach
  void stop() throws Exception {
    if (daemon != null) {
      daemon.close();
    }
  }

  private void start(String tls) throws Exception {
    daemon =
        Daemon.start(
            ConfigReader.parse("buildkitd.toml", tls.replace("DIR", dir.toString())),
            dir.resolve("root"),
            List.of(new ListenAddress.Tcp("127.0.0.1", 0)),
            List.of());
  }

  /** A channel of someone who trusts the authority and shows the certificate of a name. */
  private RpcChannel connect(String name) throws Exception {
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, null);
    if (!name.isEmpty()) {
      own.setKeyEntry(name, keys.getKey(name, PASSWORD), PASSWORD, keys.getCertificateChain(name));
    }
    KeyManagerFactory identity =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    identity.init(own, PASSWORD);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("authority", keys.getCertificate("authority"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(identity.getKeyManagers(), trust.getTrustManagers(), null);
    return RpcChannels.connecting(
        () -> {
          SSLSocket socket =
              (SSLSocket) context.getSocketFactory().createSocket(loopback(), port());
          SSLParameters parameters = socket.getSSLParameters();
          parameters.setApplicationProtocols(new String[] {"h2"});
          parameters.setEndpointIdentificationAlgorithm("HTTPS");
          socket.setSSLParameters(parameters);
          socket.startHandshake();
          return socket;
        },
        "127.0.0.1");
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  private int port() {
    return ((ListenAddress.Tcp) daemon.addresses().get(0)).port();
  }

  private static String version(RpcChannel channel) throws Exception {
    return InfoResponse.parseFrom(channel.call(INFO, new byte[0]))
        .getBuildkitVersion()
        .getVersion();
  }

  @Test
  void onlyClientsWithACertificateOfTheAuthorityAreServed() throws Exception {
    start(
        """
        [grpc.tls]
          cert = "DIR/cert.pem"
          key = "DIR/key.pem"
          ca = "DIR/ca.pem"
        """);

    try (RpcChannel known = connect("client");
        RpcChannel nameless = connect("");
        RpcChannel stranger = connect("stranger");
        RpcChannel plain =
            RpcChannels.connecting(() -> new Socket(loopback(), port()), "127.0.0.1")) {
      assertThat(version(known)).isEqualTo(Daemon.VERSION);
      for (RpcChannel other : List.of(nameless, stranger, plain)) {
        assertThatThrownBy(() -> version(other)).isInstanceOf(RpcException.class);
      }
      assertThat(version(known)).isEqualTo(Daemon.VERSION);
    }
  }

  @Test
  void withoutAnAuthorityClientsNeedNoCertificate() throws Exception {
    start(
        """
        [grpc.tls]
          cert = "DIR/cert.pem"
          key = "DIR/key.pem"
        """);

    try (RpcChannel nameless = connect("")) {
      assertThat(version(nameless)).isEqualTo(Daemon.VERSION);
    }
  }

  @Test
  void aKeyThatIsNoneStopsTheStart() throws Exception {
    Files.writeString(dir.resolve("key.pem"), "nothing");

    assertThatThrownBy(() ->
            start(
                """
                [grpc.tls]
                  cert = "DIR/cert.pem"
                  key = "DIR/key.pem"
                """))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("key.pem holds no PKCS#8 private key");
  }
}
