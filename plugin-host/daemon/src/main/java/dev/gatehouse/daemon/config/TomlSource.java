package dev.gatehouse.daemon.config;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text a configuration came from; finds the line of a key for messages. The parser that builds
 * the tree keeps no positions, so headers and assignments are looked up in the text: right for
 * every usual file, and never more than a hint. What was set elsewhere is told by where that was.
 */
record TomlSource(String name, List<String> lines, ConfigOverrides overrides) {
  private static final Pattern HEADER = Pattern.compile("\\s*\\[\\[?\\s*(.+?)\\s*]]?\\s*(?:#.*)?");
  private static final Pattern PART = Pattern.compile("\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)");

  ConfigException error(String path, String key, String message) {
    String wanted = normal(path.isEmpty() ? quoted(key) : path + "." + quoted(key));
    String origin = overrides.origin(List.of(wanted.split("\0")));
    if (origin != null) {
      return new ConfigException(origin + ": " + message);
    }
    int line = line(wanted);
    return new ConfigException(name + (line > 0 ? ":" + line : "") + ": " + message);
  }

  private int line(String wanted) {
    String table = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      Matcher header = HEADER.matcher(line);
      if (header.matches() && line.indexOf('=') < 0) {
        table = normal(header.group(1));
        if (table.equalsIgnoreCase(wanted) || startsWith(table, wanted)) {
          return i + 1;
        }
        continue;
      }
      int equals = line.indexOf('=');
      if (equals > 0) {
        String full = normal(line.substring(0, equals));
        full = table.isEmpty() ? full : table + '\0' + full;
        if (full.equalsIgnoreCase(wanted) || startsWith(full, wanted)) {
          return i + 1;
        }
      }
    }
    return 0;
  }

  private static boolean startsWith(String full, String prefix) {
    return full.length() > prefix.length()
        && full.startsWith(prefix)
        && full.charAt(prefix.length()) == '\0';
  }

  private static String quoted(String key) {
    return '"' + key + '"';
  }

  /** The parts of a dotted key, unquoted, joined by NUL. */
  private static String normal(String dotted) {
    StringBuilder out = new StringBuilder();
    Matcher m = PART.matcher(dotted);
    while (m.find()) {
      if (!out.isEmpty()) {
        out.append('\0');
      }
      for (int group = 1; group <= 3; group++) {
        if (m.group(group) != null) {
          out.append(m.group(group));
        }
      }
    }
    return out.toString();
  }
}
