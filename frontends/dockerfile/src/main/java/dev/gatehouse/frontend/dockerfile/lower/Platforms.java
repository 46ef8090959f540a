package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.llb.oci.Platform;
import java.util.List;

/**
 * The platforms of a conversion.
 *
 * @param target what is built for
 * @param build what the build runs on; at least one
 * @param implicit whether the target was not named but taken from what the build runs on
 */
record Platforms(Platform target, List<Platform> build, boolean implicit) {
  static Platforms of(ConversionRequest request) {
    List<Platform> build = request.options().buildPlatforms();
    Platform target = request.platform();
    return target == null
        ? new Platforms(build.get(0), build, true)
        : new Platforms(target, build, false);
  }

  /** The platform that an image is marked with, of which its base says {@code image}. */
  Platform ofImage(Platform image) {
    if (implicit) {
      return image.normalized();
    }
    boolean same =
        target.os().equals(image.os()) && target.architecture().equals(image.architecture());
    return new Platform(
            target.os(),
            target.architecture(),
            !target.variant().isEmpty() || !same ? target.variant() : image.variant(),
            !target.osVersion().isEmpty() || !same ? target.osVersion() : image.osVersion(),
            target.osFeatures().isEmpty() ? image.osFeatures() : target.osFeatures())
        .normalized();
  }

  /**
   * For a target that was not named, the platform that the image is of, if the build can run it.
   */
  Platform detected(Platform image, Platform wanted) {
    if (wanted.os().equals(image.os()) && wanted.architecture().equals(image.architecture())) {
      return wanted;
    }
    for (Platform p : build) {
      if (p.os().equals(image.os()) && p.architecture().equals(image.architecture())) {
        return p;
      }
    }
    return wanted;
  }
}
