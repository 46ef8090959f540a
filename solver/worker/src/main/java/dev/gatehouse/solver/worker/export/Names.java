package dev.gatehouse.solver.worker.export;

import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.image.ImageName;

/** Image names of exports. */
final class Names {
  private Names() {}

  /** A name as people write it, with a tag. */
  static ImageName parse(String name) throws SolveException {
    try {
      return ImageName.parse(name.trim());
    } catch (IllegalArgumentException e) {
      throw new SolveException(
          "export.name", ErrorCategory.USER, String.valueOf(e.getMessage()), e);
    }
  }

  /** The repository as Docker shows it: {@code alpine}, {@code user/app}, {@code host/path}. */
  static String familiarRepository(ImageName name) {
    if (!name.domain().equals("docker.io")) {
      return name.repository();
    }
    return name.path().startsWith("library/") && name.path().indexOf('/', "library/".length()) < 0
        ? name.path().substring("library/".length())
        : name.path();
  }

  /** The name as Docker shows it, with its tag. */
  static String familiar(ImageName name) {
    return familiarRepository(name)
        + name.tag().map(t -> ":" + t).orElse("")
        + name.digest().map(d -> "@" + d).orElse("");
  }
}
