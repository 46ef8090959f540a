package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import java.util.ArrayList;
import java.util.List;

/** One line of comma-separated fields, quoted as in RFC 4180, with the errors of Go's reader. */
public final class Csv {
  private Csv() {}

  /** The fields of a line; {@code what} names it in errors. */
  public static List<String> fields(String line, String what) throws DockerfileException {
    List<String> fields = new ArrayList<>();
    int length = line.length();
    if (length > 0 && line.charAt(length - 1) == '\n') {
      length--;
      if (length > 0 && line.charAt(length - 1) == '\r') {
        length--;
      }
    }
    if (length == 0) {
      throw new DockerfileException("failed to parse csv " + what + ": EOF")
          .withHint("a value of the form key=value,key=value was expected");
    }
    int at = 0;
    while (true) {
      if (at >= length || line.charAt(at) != '"') {
        int comma = line.indexOf(',', at);
        int end = comma < 0 || comma > length ? length : comma;
        String field = line.substring(at, end);
        int quote = field.indexOf('"');
        if (quote >= 0) {
          throw error(what, at + quote, "bare \" in non-quoted-field");
        }
        fields.add(field);
        if (end == length) {
          return fields;
        }
        at = end + 1;
        continue;
      }
      at++;
      StringBuilder field = new StringBuilder();
      while (true) {
        int quote = line.indexOf('"', at);
        if (quote < 0 || quote >= length) {
          throw error(what, at, "extraneous or missing \" in quoted-field");
        }
        field.append(line, at, quote);
        at = quote + 1;
        if (at < length && line.charAt(at) == '"') {
          field.append('"');
          at++;
        } else if (at == length) {
          fields.add(field.toString());
          return fields;
        } else if (line.charAt(at) == ',') {
          fields.add(field.toString());
          at++;
          break;
        } else {
          throw error(what, quote, "extraneous or missing \" in quoted-field");
        }
      }
    }
  }

  private static DockerfileException error(String what, int column, String reason) {
    return new DockerfileException(
        "failed to parse csv "
            + what
            + ": parse error on line 1, column "
            + (column + 1)
            + ": "
            + reason);
  }
}
