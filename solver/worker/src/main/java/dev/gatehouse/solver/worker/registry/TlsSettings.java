package dev.gatehouse.solver.worker.registry;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Makes the TLS context of a host from its configuration. */
final class TlsSettings {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ((?:RSA |EC )?)PRIVATE KEY-----([^-]+)-----END", Pattern.DOTALL);
  private static final char[] NO_PASSWORD = new char[0];

  private TlsSettings() {}

  /** The context, or null where the JDK's default will do. */
  static @Nullable SSLContext context(RegistryConfig config) throws IOException {
    List<Path> cas = new ArrayList<>(config.rootCas());
    List<RegistryConfig.KeyPair> pairs = new ArrayList<>(config.keyPairs());
    for (Path directory : config.tlsConfigDirs()) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path f : files) {
          String name = f.getFileName().toString();
          if (name.endsWith(".crt")) {
            cas.add(f);
          } else if (name.endsWith(".cert")) {
            String key = name.substring(0, name.length() - ".cert".length()) + ".key";
            pairs.add(new RegistryConfig.KeyPair(f.resolveSibling(key), f));
          }
        }
      } catch (NoSuchFileException e) {
        continue; // A directory that need not exist.
      }
    }
    boolean insecure = config.insecure().orElse(false);
    if (cas.isEmpty() && pairs.isEmpty() && !insecure) {
      return null;
    }
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      TrustManager @Nullable [] trust =
          insecure ? new TrustManager[] {new TrustAll()} : cas.isEmpty() ? null : trust(cas);
      context.init(pairs.isEmpty() ? null : keys(pairs), trust, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS configuration of a registry: " + e.getMessage(), e);
    }
  }

  private static TrustManager[] trust(List<Path> cas) throws IOException, GeneralSecurityException {
    KeyStore store = emptyStore();
    TrustManagerFactory system =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    system.init((KeyStore) null);
    int n = 0;
    for (TrustManager m : system.getTrustManagers()) {
      if (m instanceof X509TrustManager x) {
        for (X509Certificate c : x.getAcceptedIssuers()) {
          store.setCertificateEntry("system" + n++, c);
        }
      }
    }
    for (Path ca : cas) {
      for (Certificate c : certificates(ca)) {
        store.setCertificateEntry("ca" + n++, c);
      }
    }
    TrustManagerFactory all =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    all.init(store);
    return all.getTrustManagers();
  }

  private static KeyManager[] keys(List<RegistryConfig.KeyPair> pairs)
      throws IOException, GeneralSecurityException {
    KeyStore store = emptyStore();
    int n = 0;
    for (RegistryConfig.KeyPair pair : pairs) {
      Certificate[] chain = certificates(pair.certificate()).toArray(new Certificate[0]);
      store.setKeyEntry("key" + n++, privateKey(pair.key()), NO_PASSWORD, chain);
    }
    KeyManagerFactory f = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    f.init(store, NO_PASSWORD);
    return f.getKeyManagers();
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static List<Certificate> certificates(Path pem)
      throws IOException, GeneralSecurityException {
    byte[] bytes = Files.readAllBytes(pem);
    try {
      return List.copyOf(
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(bytes)));
    } catch (GeneralSecurityException e) {
      throw new IOException("failed to read certificates of " + pem + ": " + e.getMessage(), e);
    }
  }

  private static PrivateKey privateKey(Path pem) throws IOException, GeneralSecurityException {
    Matcher m = KEY.matcher(Files.readString(pem, StandardCharsets.ISO_8859_1));
    if (!m.find()) {
      throw new IOException("failed to load keypair: " + pem + " holds no private key in PEM");
    }
    byte[] der = Base64.getMimeDecoder().decode(m.group(2));
    byte[] pkcs8 =
        switch (m.group(1)) {
          case "RSA " ->
              wrap(
                  der,
                  new byte[] {
                    0x30,
                    0x0d,
                    6,
                    9,
                    0x2a,
                    (byte) 0x86,
                    0x48,
                    (byte) 0x86,
                    (byte) 0xf7,
                    0x0d,
                    1,
                    1,
                    1,
                    5,
                    0
                  });
          case "EC " ->
              wrap(
                  der,
                  sequence(
                      join(
                          new byte[] {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1},
                          curve(der, pem))));
          default -> der;
        };
    for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException e) {
        continue; // Of another algorithm.
      }
    }
    throw new IOException("failed to load keypair: " + pem + " holds a key of an unknown kind");
  }

  /** PKCS #8: version 0, algorithm, key as an octet string. */
  private static byte[] wrap(byte[] key, byte[] algorithm) {
    return sequence(join(new byte[] {2, 1, 0}, algorithm, tagged(4, key)));
  }

  /** The curve's object identifier of a SEC 1 key: its element with tag [0]. */
  private static byte[] curve(byte[] sec1, Path pem) throws IOException {
    for (int i = 0; i + 3 < sec1.length; i++) {
      if ((sec1[i] & 0xff) == 0xa0 && sec1[i + 2] == 6 && sec1[i + 3] == sec1[i + 1] - 2) {
        return java.util.Arrays.copyOfRange(sec1, i + 2, i + 4 + sec1[i + 3]);
      }
    }
    throw new IOException("failed to load keypair: " + pem + " names no curve");
  }

  private static byte[] sequence(byte[] content) {
    return tagged(0x30, content);
  }

  private static byte[] tagged(int tag, byte[] content) {
    int n = content.length;
    byte[] head =
        n < 0x80
            ? new byte[] {(byte) tag, (byte) n}
            : n < 0x100
                ? new byte[] {(byte) tag, (byte) 0x81, (byte) n}
                : new byte[] {(byte) tag, (byte) 0x82, (byte) (n >> 8), (byte) n};
    return join(head, content);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] p : parts) {
      out.writeBytes(p);
    }
    return out.toByteArray();
  }

  /**
   * Verifies nothing, for hosts that are configured as insecure. Being extended, it replaces the
   * host name's check too.
   */
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
