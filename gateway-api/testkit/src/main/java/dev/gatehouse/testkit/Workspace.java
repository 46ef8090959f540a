package dev.gatehouse.testkit;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.llb.oci.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A folder that a test fills, and conversions of it. */
public final class Workspace {
  private final Path folder;
  private final Map<String, String> options = new LinkedHashMap<>();
  private InMemoryGateway.ImageResolver images = (reference, o) -> java.util.Optional.empty();

  public Workspace(Path folder) {
    this.folder = folder;
  }

  public Path folder() {
    return folder;
  }

  /** Writes a file; the path is relative. */
  public Workspace file(String path, String content) throws IOException {
    Path file = folder.resolve(path).normalize();
    if (!file.startsWith(folder)) {
      throw new IllegalArgumentException(path + " leaves the folder");
    }
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    return this;
  }

  /** Sets a frontend option. */
  public Workspace option(String name, String value) {
    options.put(name, value);
    return this;
  }

  /** Sets what is known of images. */
  public Workspace images(InMemoryGateway.ImageResolver resolver) {
    images = resolver;
    return this;
  }

  /** A gateway over the folder whose worker has these platforms. */
  public InMemoryGateway gateway(Platform... platforms) {
    InMemoryGateway.Builder b = InMemoryGateway.builder(folder).options(options).images(images);
    return platforms.length == 0 ? b.build() : b.platforms(List.of(platforms)).build();
  }

  /** Converts the folder. */
  public Conversion convert(Frontend frontend) throws InterruptedException {
    return Conversion.of(frontend, gateway());
  }

  /** Converts the folder twice on each of two platforms and fails when two runs differ. */
  public List<Conversion> convertDeterministically(Frontend frontend) throws InterruptedException {
    List<InMemoryGateway> gateways = new ArrayList<>();
    gateways.add(gateway(Platform.LINUX_AMD64));
    gateways.add(gateway(Platform.LINUX_ARM64));
    return Conversion.deterministic(frontend, gateways);
  }
}
