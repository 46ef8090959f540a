package dev.gatehouse.frontend.dockerfile.parse;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds parser directives without parsing a file, as needed before it is known which frontend reads
 * it.
 */
public final class Directives {
  private Directives() {}

  /**
   * The directive of this name, written {@code # name = value}. A first line that starts with
   * {@code #!} is skipped.
   */
  public static Optional<Directive> find(String name, byte[] source) {
    return find(name, source, "#", start(source));
  }

  /**
   * The value, up to its first blank, of {@code check = value} in a comment whose {@code #} is
   * gone.
   */
  public static Optional<String> inComment(String comment) {
    Directive directive = DirectiveReader.parse(stripLeading(comment), 1);
    return directive != null && directive.name().equals("check")
        ? Optional.of(directive.head())
        : Optional.empty();
  }

  /**
   * The {@code syntax} of any file: {@code # syntax=}, else {@code // syntax=}, else the member
   * {@code "syntax"} of a JSON object. A first line that starts with {@code #!} is skipped.
   */
  public static Optional<Directive> syntax(byte[] source) {
    int start = start(source);
    Optional<Directive> found = find("syntax", source, "#", start);
    if (found.isEmpty()) {
      found = find("syntax", source, "//", start);
    }
    if (found.isEmpty()) {
      int at = Bytes.skipSpace(source, start, source.length);
      if (at < source.length && source[at] == '{') {
        String value = Json.member(SourceText.decode(source, start, source.length), "syntax");
        if (value != null) {
          return Optional.of(
              new Directive("syntax", value, List.of(Range.line(hasShebang(source) ? 1 : 0))));
        }
      }
    }
    return found;
  }

  private static String stripLeading(String text) {
    int at = 0;
    while (at < text.length() && GoText.isSpace(text.charAt(at))) {
      at++;
    }
    return text.substring(at);
  }

  private static Optional<Directive> find(String name, byte[] source, String comment, int start) {
    DirectiveReader reader = new DirectiveReader(comment, hasShebang(source) ? 1 : 0);
    SourceLines lines = new SourceLines(source, start);
    while (!reader.done() && lines.advance()) {
      // The reference takes one carriage return off here, not all.
      int end = lines.end();
      if (end + 1 < lines.next() && source[lines.next() - 1] == '\n') {
        end = Math.max(end, lines.next() - 2);
      }
      @Nullable Directive directive;
      try {
        directive = reader.read(source, lines.start(), end);
      } catch (DockerfileException e) {
        // A directive given twice is an error of parsing the file, not of looking at its head.
        break;
      }
      if (directive != null && directive.name().equals(name)) {
        return Optional.of(directive);
      }
    }
    return Optional.empty();
  }

  private static boolean hasShebang(byte[] source) {
    int at = hasMark(source) ? 3 : 0;
    return source.length >= at + 2 && source[at] == '#' && source[at + 1] == '!';
  }

  private static boolean hasMark(byte[] source) {
    return source.length >= 3
        && source[0] == (byte) 0xef
        && source[1] == (byte) 0xbb
        && source[2] == (byte) 0xbf;
  }

  private static int start(byte[] source) {
    int at = hasMark(source) ? 3 : 0;
    if (!hasShebang(source)) {
      return at;
    }
    while (at < source.length && source[at] != '\n') {
      at++;
    }
    return Math.min(at + 1, source.length);
  }
}
