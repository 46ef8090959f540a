package dev.gatehouse.solver.worker.export;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.worker.image.ImageName;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Images as package URLs (purl), the names that attestations know them by. */
public final class PackageUrls {
  private PackageUrls() {}

  /**
   * The package URL of an image: {@code pkg:docker/alpine@3?platform=linux%2Famd64}.
   *
   * @param type {@code docker} for a registry's, {@code oci} for a layout's
   * @param reference as people write it
   */
  public static String image(String type, String reference, Optional<Platform> platform) {
    ImageName name = ImageName.parseWithoutDefaultTag(reference);
    if (name.digest().isEmpty()) {
      name = ImageName.parse(reference);
    }
    StringBuilder url = new StringBuilder("pkg:").append(type);
    for (String part : Names.familiarRepository(name).split("/")) {
      url.append('/').append(URLEncoder.encode(part, StandardCharsets.UTF_8)); // a port's colon too
    }
    name.tag().ifPresent(t -> url.append('@').append(encode(t)));
    List<String> qualifiers = new ArrayList<>();
    name.digest().ifPresent(d -> qualifiers.add("digest=" + encode(d.toString())));
    platform.ifPresent(p -> qualifiers.add("platform=" + encode(p.normalized().format())));
    return qualifiers.isEmpty()
        ? url.toString()
        : url.append('?').append(String.join("&", qualifiers)).toString();
  }

  private static String encode(String s) {
    return URLEncoder.encode(s, StandardCharsets.UTF_8).replace("+", "%20").replace("%3A", ":");
  }
}
