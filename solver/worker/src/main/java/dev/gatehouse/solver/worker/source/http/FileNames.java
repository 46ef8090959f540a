package dev.gatehouse.solver.worker.source.http;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The name of a downloaded file: one component of a path, whatever a server may say. */
final class FileNames {
  private static final String DEFAULT = "download";
  private static final Pattern EXTENDED =
      Pattern.compile(";\\s*filename\\*\\s*=\\s*utf-8'[^']*'([^;\\s]+)", Pattern.CASE_INSENSITIVE);
  private static final Pattern PLAIN =
      Pattern.compile(
          ";\\s*filename\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^;\\s\"]+))",
          Pattern.CASE_INSENSITIVE);

  private FileNames() {}

  /** By what was given, else by the Content-Disposition of an answer, else by the URL. */
  static String of(HttpIdentifier identifier, Optional<String> disposition) {
    if (!identifier.filename().isEmpty()) {
      return safe(identifier.filename());
    }
    String said = disposition.map(FileNames::filename).orElse("");
    if (!said.isEmpty() && !said.endsWith("/")) {
      return safe(said);
    }
    return safe(fromUrl(identifier.url()));
  }

  private static String fromUrl(URI url) {
    String path = url.getPath();
    return path == null ? "" : path;
  }

  private static String filename(String disposition) {
    Matcher extended = EXTENDED.matcher(disposition);
    if (extended.find()) {
      try {
        return URLDecoder.decode(extended.group(1).replace("+", "%2B"), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        return "";
      }
    }
    Matcher plain = PLAIN.matcher(disposition);
    if (!plain.find()) {
      return "";
    }
    String quoted = plain.group(1);
    return quoted != null ? quoted.replaceAll("\\\\(.)", "$1") : plain.group(2);
  }

  /** The last component; {@code download} when there is none that a file may have. */
  static String safe(String text) {
    String name = text.strip();
    while (name.endsWith("/")) {
      name = name.substring(0, name.length() - 1);
    }
    name = name.substring(name.lastIndexOf('/') + 1);
    boolean bad =
        name.isEmpty()
            || name.equals(".")
            || name.equals("..")
            || name.chars().anyMatch(Character::isISOControl);
    return bad ? DEFAULT : name;
  }
}
