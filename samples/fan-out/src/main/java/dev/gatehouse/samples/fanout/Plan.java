package dev.gatehouse.samples.fanout;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How the parts of a project are found and built.
 *
 * @param file the file that says so
 * @param base the image that commands run in, and that the result stands on
 * @param list a command that prints the folder of a part on each line
 * @param each a command that builds the part in {@code /src} into {@code /out}
 */
record Plan(SourceMap file, Line base, Line list, Line each) {

  /** What follows a keyword, and the number of its line. */
  record Line(String text, int number) {}

  /**
   * Reads a plan: the three keywords, a line each.
   *
   * @throws FrontendException that marks the line which cannot be read
   */
  static Plan parse(SourceMap file) throws FrontendException {
    Map<String, Line> lines = new LinkedHashMap<>();
    int number = 0;
    for (String line : new String(file.data(), StandardCharsets.UTF_8).lines().toList()) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String keyword = line.strip().replaceFirst("\\s.*", "");
      Line rest = new Line(line.strip().substring(keyword.length()).strip(), number);
      if (!List.of("base", "list", "each").contains(keyword) || rest.text().isEmpty()) {
        throw fail(file, rest, "a line is base, list or each and what follows, not " + line, "");
      }
      if (lines.put(keyword, rest) != null) {
        throw fail(file, rest, keyword + " is there twice", "");
      }
    }
    return new Plan(
        file, line(file, lines, "base"), line(file, lines, "list"), line(file, lines, "each"));
  }

  private static Line line(SourceMap file, Map<String, Line> lines, String keyword)
      throws FrontendException {
    Line line = lines.get(keyword);
    if (line == null) {
      throw fail(file, new Line("", 1), keyword + " is missing", "a plan has base, list and each");
    }
    return line;
  }

  /** A failure that shows a line of the plan. */
  FrontendException fail(Line line, String message, String hint) {
    return fail(file, line, message, hint);
  }

  private static FrontendException fail(SourceMap file, Line line, String message, String hint) {
    return FrontendException.builder(
            FrontendException.Category.USER, file.filename() + ":" + line.number() + ": " + message)
        .source(file, ranges(line))
        .hint(hint)
        .build();
  }

  static List<SourceRange> ranges(Line line) {
    return List.of(SourceRange.lines(line.number(), line.number()));
  }
}
