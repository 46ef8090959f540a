package dev.gatehouse.cli.packager;

import dev.gatehouse.client.session.RegistryLogins;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.registry.Credentials;
import dev.gatehouse.solver.worker.registry.Registries;
import dev.gatehouse.solver.worker.registry.Repository;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Pushes an image from an OCI layout to its registry, with the logins of Docker's configuration.
 */
public final class ImagePush {
  private ImagePush() {}

  /**
   * Pushes blobs that the registry lacks, then the manifest under the name's tag.
   *
   * @param insecure whether plain HTTP and any certificate will do
   */
  public static void push(Path layout, Descriptor manifest, String name, boolean insecure)
      throws IOException, InterruptedException {
    String home = System.getenv("DOCKER_CONFIG");
    RegistryLogins logins =
        new RegistryLogins(
            home == null || home.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".docker")
                : Path.of(home));
    Credentials credentials =
        host ->
            logins.find(host).map(login -> new Credentials.Login(login.username(), login.secret()));
    ImageName image = ImageName.parse(name);
    try (Registries registries = new Registries(Map.of(), credentials)) {
      Repository repository =
          insecure
              ? registries.insecureRepository(image, SessionGroup.NONE)
              : registries.repository(image, SessionGroup.NONE);
      byte[] content = Files.readAllBytes(blob(layout, manifest.digest().value()));
      for (Descriptor each : blobs(content)) {
        Path file = blob(layout, each.digest().value());
        repository.pushBlob(
            Digest.parse(each.digest().value()),
            each.size(),
            Optional.empty(),
            () -> Files.newInputStream(file),
            n -> {});
      }
      repository.pushManifest(image.object(), manifest.mediaType(), content);
    }
  }

  private static List<Descriptor> blobs(byte[] manifest) {
    Map<?, ?> json = (Map<?, ?>) Objects.requireNonNull(Json.parse(manifest));
    List<Descriptor> blobs = new ArrayList<>();
    blobs.add(Descriptor.fromJson(json.get("config")));
    for (Object layer : (List<?>) Objects.requireNonNull(json.get("layers"))) {
      blobs.add(Descriptor.fromJson(layer));
    }
    return blobs;
  }

  private static Path blob(Path layout, String digest) {
    return layout.resolve("blobs/sha256").resolve(digest.substring("sha256:".length()));
  }
}
