package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.llb.SlashPath;

/**
 * Paths of the operating system that an image is for, which need not be the one that the frontend
 * runs on.
 *
 * <p>Windows paths may have a drive, which must be C, and backslashes; inside of a build they have
 * neither.
 */
final class OsPath {
  static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private OsPath() {}

  private static boolean isWindows(String os) {
    return os.equals("windows");
  }

  static String toSlash(String path, String os) {
    return isWindows(os) ? path.replace('\\', '/') : path;
  }

  /** An absolute path with slashes, without drive; a relative one is within {@code parent}. */
  static String normalize(String parent, String path, String os, boolean keepSlash)
      throws DockerfileException {
    String original = toSlash(path, os);
    String base = toSlash(parent, os);
    String drive = "removing drive letter";
    base = withoutDrive(base.isEmpty() ? "/" : base, os, keepSlash, drive);
    if (!isAbsolute(base, os)) {
      base = SlashPath.join("/", base);
    }
    String result = withoutDrive(original.isEmpty() ? base : original, os, keepSlash, drive);
    if (!isAbsolute(result, os)) {
      result = SlashPath.join(base, result);
    }
    if (keepSlash) {
      if (original.endsWith("/") && !result.endsWith("/")) {
        result += "/";
      } else if (original.endsWith("/.")) {
        result = (result.equals("/") ? result : result + "/") + ".";
      }
    }
    return toSlash(result, os);
  }

  /** The working directory that follows another one, with the separators of the system. */
  static String workingDirectory(String current, String path, String os)
      throws DockerfileException {
    String result;
    try {
      result = normalize(current, path, os, false);
    } catch (DockerfileException e) {
      throw e.wrapped("normalizing working directory");
    }
    return isWindows(os) ? result.replace('/', '\\') : result;
  }

  static boolean isAbsolute(String path, String os) {
    try {
      return SlashPath.isAbsolute(toSlash(withoutDrive(path, os, false), os));
    } catch (DockerfileException e) {
      return false;
    }
  }

  private static String withoutDrive(String path, String os, boolean keepSlash, String context)
      throws DockerfileException {
    try {
      return withoutDrive(path, os, keepSlash);
    } catch (DockerfileException e) {
      throw e.wrapped(context);
    }
  }

  /** A Windows path with slashes and without its drive; other paths as they are. */
  static String withoutDrive(String path, String os, boolean keepSlash) throws DockerfileException {
    if (!isWindows(os)) {
      return path;
    }
    if (path.length() == 2 && path.charAt(1) == ':') {
      throw new DockerfileException("No relative path specified in " + GoText.quote(path))
          .withHint("say a path behind the drive, such as C:\\app");
    }
    if (toSlash(path, os).startsWith("//")) {
      throw new DockerfileException("UNC paths are not supported");
    }
    int colon = path.indexOf(':');
    if (colon < 0) {
      return clean(path, os, keepSlash);
    }
    if (!path.substring(0, colon).equalsIgnoreCase("c")) {
      throw new DockerfileException("The specified path is not on the system drive (C:)")
          .withHint("an image has one drive, C:");
    }
    return clean(path.substring(colon + 1), os, keepSlash);
  }

  private static String clean(String path, String os, boolean keepSlash) {
    String slashed = toSlash(path, os);
    String clean = SlashPath.clean(slashed);
    return keepSlash && clean.length() > 1 && slashed.endsWith("/") ? clean + "/" : clean;
  }
}
