package dev.gatehouse.solver.worker.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.worker.TestMachine;
import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.image.MediaTypes;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client against Debian's docker-registry. */
@Timeout(120)
class RegistryIT {
  @TempDir Path temp;

  private static Registries registries(
      Map<String, RegistryConfig> configs, Credentials credentials) {
    return new Registries(configs, credentials, Duration.ofMillis(50));
  }

  private static byte[] pushTo(Repository r, byte[] layer) throws Exception {
    byte[] config = "{\"architecture\":\"amd64\",\"os\":\"linux\"}".getBytes(UTF_8);
    for (byte[] blob : List.of(config, layer)) {
      r.pushBlob(
          Digest.sha256(blob),
          blob.length,
          Optional.empty(),
          () -> new ByteArrayInputStream(blob),
          n -> {});
    }
    byte[] manifest =
        ("{\"schemaVersion\":2,\"mediaType\":\""
                + MediaTypes.OCI_MANIFEST
                + "\",\"config\":{\"mediaType\":\""
                + MediaTypes.OCI_CONFIG
                + "\",\"digest\":\""
                + Digest.sha256(config)
                + "\",\"size\":"
                + config.length
                + "},\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\""
                + Digest.sha256(layer)
                + "\",\"size\":"
                + layer.length
                + "}]}")
            .getBytes(UTF_8);
    r.pushManifest("1", MediaTypes.OCI_MANIFEST, manifest);
    return manifest;
  }

  @Test
  void pushesPullsAndMountsAcrossRepositories() throws Exception {
    try (DockerRegistry registry =
            DockerRegistry.start(temp.resolve("r"), DockerRegistry.Settings.OPEN);
        Registries registries = registries(Map.of(), Credentials.NONE)) {
      Repository one =
          registries.repository(
              ImageName.parse(registry.host() + "/team/one:1"), SessionGroup.NONE);
      byte[] layer = new byte[300_000];
      byte[] manifest = pushTo(one, layer);
      assertThat(one.resolve().digest().value()).isEqualTo(Digest.sha256(manifest).toString());
      assertThat(one.manifest().content()).isEqualTo(manifest);
      assertThat(one.hasBlob(Digest.sha256(layer))).isTrue();
      assertThat(one.hasManifest("1", Digest.sha256(manifest))).isTrue();
      Repository two =
          registries.repository(
              ImageName.parse(registry.host() + "/team/two:1"), SessionGroup.NONE);
      boolean sent =
          two.pushBlob(
              Digest.sha256(layer),
              layer.length,
              Optional.of("team/one"),
              () -> {
                throw new AssertionError("mounting needs no content");
              },
              n -> {});
      assertThat(sent).isFalse();
      assertThat(two.hasBlob(Digest.sha256(layer))).isTrue();
      assertThatThrownBy(two::resolve).hasMessage(registry.host() + "/team/two:1: not found");
    }
  }

  @Test
  void logsInAndTrustsAsConfigured() throws Exception {
    Path htpasswd = temp.resolve("htpasswd");
    TestMachine.run("htpasswd", "-Bbc", htpasswd.toString(), "ann", "p w");
    Path key = temp.resolve("key.pem");
    Path certificate = temp.resolve("cert.pem");
    TestMachine.run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key.toString(),
        "-out",
        certificate.toString(),
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost");
    try (DockerRegistry registry =
        DockerRegistry.start(
            temp.resolve("r"),
            new DockerRegistry.Settings(
                Optional.of(htpasswd), Optional.of(certificate), Optional.of(key)))) {
      ImageName name = ImageName.parse(registry.host() + "/private/x:1");
      RegistryConfig trusting =
          new RegistryConfig(
              List.of(),
              Optional.of(false),
              Optional.empty(),
              List.of(certificate),
              List.of(),
              List.of());
      Credentials ann = host -> Optional.of(new Credentials.Login("ann", "p w"));
      try (Registries registries = registries(Map.of(registry.host(), trusting), ann)) {
        byte[] manifest =
            pushTo(registries.repository(name, SessionGroup.NONE), new byte[] {1, 2, 3});
        assertThat(registries.repository(name, SessionGroup.NONE).manifest().content())
            .isEqualTo(manifest);
      }
      try (Registries registries =
          registries(Map.of(registry.host(), trusting), Credentials.NONE)) {
        assertThatThrownBy(() -> registries.repository(name, SessionGroup.NONE).resolve())
            .isInstanceOf(RegistryException.class)
            .hasMessageContaining("pull access denied");
      }
      RegistryConfig strict =
          new RegistryConfig(
              List.of(), Optional.of(false), Optional.empty(), List.of(), List.of(), List.of());
      try (Registries registries = registries(Map.of(registry.host(), strict), ann)) {
        assertThatThrownBy(() -> registries.repository(name, SessionGroup.NONE).resolve())
            .hasMessageContaining(registry.host() + ": TLS:");
        assertThat(registries.insecureRepository(name, SessionGroup.NONE).resolve().size())
            .isPositive();
      }
      Path certs = Files.createDirectories(temp.resolve("certs.d"));
      Files.copy(certificate, certs.resolve("ca.crt"));
      RegistryConfig byDirectory =
          new RegistryConfig(
              List.of(),
              Optional.of(false),
              Optional.empty(),
              List.of(),
              List.of(),
              List.of(certs, temp.resolve("none")));
      try (Registries registries = registries(Map.of(registry.host(), byDirectory), ann)) {
        assertThat(registries.repository(name, SessionGroup.NONE).resolve().size()).isPositive();
      }
    }
  }

  @Test
  void speaksHttpToAnInsecureHostThatHasNoTls() throws Exception {
    try (DockerRegistry registry =
        DockerRegistry.start(temp.resolve("r"), DockerRegistry.Settings.OPEN)) {
      RegistryConfig insecure =
          new RegistryConfig(
              List.of(), Optional.empty(), Optional.of(true), List.of(), List.of(), List.of());
      try (Registries registries =
          registries(Map.of(registry.host(), insecure), Credentials.NONE)) {
        Repository r =
            registries.repository(ImageName.parse(registry.host() + "/x:1"), SessionGroup.NONE);
        assertThatThrownBy(r::resolve).hasMessage(registry.host() + "/x:1: not found");
      }
    }
  }
}
