package dev.gatehouse.solver.worker.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A way to log in that a server offers in {@code WWW-Authenticate} (RFC 9110).
 *
 * @param scheme in lower case
 * @param parameters names in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  /** Reads the header's values; what is malformed is left out. */
  static List<Challenge> parse(List<String> headers) {
    List<Challenge> all = new ArrayList<>();
    for (String header : headers) {
      new Reader(header).readInto(all);
    }
    return all;
  }

  private static final class Reader {
    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    void readInto(List<Challenge> all) {
      while (at < text.length()) {
        skip(" ,\t");
        String scheme = token();
        if (scheme.isEmpty()) {
          return;
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        while (true) {
          int before = at;
          skip(" ,\t");
          String name = token();
          skip(" ");
          if (name.isEmpty() || at >= text.length() || text.charAt(at) != '=') {
            at = before;
            break;
          }
          at++;
          parameters.put(name.toLowerCase(Locale.ROOT), value());
        }
        all.add(new Challenge(scheme.toLowerCase(Locale.ROOT), parameters));
        if (at < text.length() && text.charAt(at) != ',' && text.charAt(at) != ' ') {
          return;
        }
      }
    }

    private void skip(String characters) {
      while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private String token() {
      int start = at;
      while (at < text.length() && " ,=\"\t".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(start, at);
    }

    private String value() {
      if (at >= text.length() || text.charAt(at) != '"') {
        return token();
      }
      at++;
      StringBuilder b = new StringBuilder();
      while (at < text.length() && text.charAt(at) != '"') {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        b.append(text.charAt(at++));
      }
      at++;
      return b.toString();
    }
  }
}
