package dev.gatehouse.client;

import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcChannels;
import dev.gatehouse.frontend.transport.TcpKeepAlive;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Connections to daemons: unix sockets, TCP, TLS. */
final class ClientConnections {
  private static final int CONNECT_MILLIS = 20_000;

  private ClientConnections() {}

  static RpcChannel open(DaemonAddress address) {
    Path path = address.socketOrNull();
    if (path != null) {
      return RpcChannels.connecting(
          () -> UnixSocket.connect(UnixDomainSocketAddress.of(path)), "localhost");
    }
    DaemonAddress.Tls tls = address.tlsOrNull();
    String authority = address.host() + ":" + address.port();
    if (tls == null) {
      return RpcChannels.connecting(() -> tcp(address), authority);
    }
    return RpcChannels.connecting(() -> tls(address, tls), authority);
  }

  static Socket tcp(DaemonAddress address) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MILLIS);
      TcpKeepAlive.enable(socket);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static Socket tls(DaemonAddress address, DaemonAddress.Tls tls) throws IOException {
    String name = tls.serverName().isEmpty() ? address.host() : tls.serverName();
    Socket plain = tcp(address);
    try {
      SSLSocket socket =
          (SSLSocket)
              context(tls).getSocketFactory().createSocket(plain, name, address.port(), true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      if (!name.matches("[0-9.]+|.*:.*")) {
        parameters.setServerNames(List.of(new SNIHostName(name)));
      }
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket;
    } catch (GeneralSecurityException e) {
      plain.close();
      throw new IOException("TLS keys cannot be used: " + e.getMessage(), e);
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }

  private static SSLContext context(DaemonAddress.Tls tls)
      throws IOException, GeneralSecurityException {
    KeyStore trusted = null;
    Path authority = tls.authorityOrNull();
    if (authority != null) {
      trusted = emptyStore();
      int i = 0;
      for (Certificate certificate : certificates(authority)) {
        trusted.setCertificateEntry("ca" + i++, certificate);
      }
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    KeyStore own = emptyStore();
    Path certificate = tls.certificateOrNull();
    Path key = tls.keyOrNull();
    if (certificate != null && key != null) {
      own.setKeyEntry(
          "client", key(key), new char[0], certificates(certificate).toArray(new Certificate[0]));
    }
    keys.init(own, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static List<Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
    }
  }

  private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    String pem = Files.readString(file);
    if (!pem.contains("-----BEGIN PRIVATE KEY-----")) {
      throw new InvalidKeySpecException(
          file + " is no PKCS #8 key; convert it with openssl pkcs8 -topk8 -nocrypt");
    }
    byte[] der =
        Base64.getMimeDecoder()
            .decode(
                pem.replaceAll(
                    "(?s).*-----BEGIN PRIVATE KEY-----|-----END PRIVATE KEY-----.*", ""));
    for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException e) {
        // It is a key of another algorithm.
        continue;
      }
    }
    throw new InvalidKeySpecException(file + " holds no EC, RSA or Ed25519 key");
  }
}
