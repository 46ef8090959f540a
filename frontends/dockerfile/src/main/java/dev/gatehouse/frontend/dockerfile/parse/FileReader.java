package dev.gatehouse.frontend.dockerfile.parse;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads one file: joins physical lines into logical ones, takes comments and here-documents out,
 * and hands what is left to a {@link LineReader}.
 *
 * <p>An instruction that cannot be read does not stop this: what follows is read for further
 * errors.
 */
final class FileReader {
  private final byte[] source;
  private final SourceLines lines;
  private final LogicalLine logical;
  private final DirectiveReader directives = new DirectiveReader("#", 0);
  private final List<InstructionNode> instructions = new ArrayList<>();
  private final List<Range> emptyContinuations = new ArrayList<>();
  private final List<DockerfileException> errors = new ArrayList<>();
  private List<String> comments = new ArrayList<>();
  private byte escape = '\\';
  private @Nullable LineReader reader;
  private int currentLine;

  FileReader(byte[] source) {
    this.source = source;
    lines = new SourceLines(source, 0);
    logical = new LogicalLine(source);
  }

  ParsedDockerfile read() throws DockerfileException {
    while (errors.size() < DockerfileException.MAX_ERRORS && lines.advance()) {
      if (currentLine == 0) {
        lines.skipMark();
      }
      int end = lines.end();
      int start = Bytes.skipSpace(source, lines.start(), end);
      boolean comment = start < end && source[start] == '#';
      if (comment) {
        comment(lines.start() + 1, end);
      }
      if (!directives.done()) {
        directive(start, end);
      }
      currentLine++;
      if (comment || start == end) {
        continue;
      }
      instruction(start, end);
    }
    if (lines.tooLong()) {
      errors.add(
          DockerfileException.at(
              Range.lines(currentLine, 0),
              instructions.isEmpty() && errors.isEmpty()
                  ? "file with no instructions"
                  : "dockerfile line greater than max allowed size of " + MAX_LINE));
    } else if (instructions.isEmpty() && errors.isEmpty()) {
      errors.add(
          DockerfileException.at(Range.lines(currentLine, 0), "file with no instructions")
              .withHint("a Dockerfile starts with FROM, or with ARG and then FROM"));
    }
    ParsedDockerfile readable =
        new ParsedDockerfile(
            instructions, directives.directives(), (char) escape, emptyContinuations);
    if (!errors.isEmpty()) {
      throw new PartlyReadException(errors, readable);
    }
    return readable;
  }

  private static final int MAX_LINE = DockerfileParser.MAX_LINE;

  /**
   * @param from behind the first character of the line, which is a blank if the comment is
   *     indented; so in the reference
   */
  private void comment(int from, int end) {
    int start = Bytes.skipSpace(source, from, end);
    int stop = Bytes.trimEnd(source, start, end);
    if (start == stop) {
      comments = new ArrayList<>();
    } else {
      comments.add(SourceText.decode(source, start, stop));
    }
  }

  private void directive(int start, int end) throws DockerfileException {
    try {
      Directive directive = directives.read(source, start, end);
      if (directive == null) {
        return;
      }
      if (!comments.isEmpty()) {
        comments.remove(comments.size() - 1);
      }
      if (directive.name().equals("escape")) {
        String value = directive.value();
        if (!value.equals("\\") && !value.equals("`")) {
          throw new DockerfileException(
                  "invalid escape token '" + value + "' does not match ` or \\")
              .withHint("write # escape=` or leave the line out");
        }
        escape = (byte) value.charAt(0);
      }
    } catch (DockerfileException e) {
      throw e.withLocation(Range.lines(currentLine, 0));
    }
  }

  /** The end of a line without the escape that continues it; -1 - end if there is none. */
  private int continued(int start, int end) {
    int stop = end;
    while (stop > start && (source[stop - 1] == ' ' || source[stop - 1] == '\t')) {
      stop--;
    }
    boolean escaped =
        stop > start
            && source[stop - 1] == escape
            && (stop - 1 == start || source[stop - 2] != escape);
    return escaped ? stop - 1 : -1 - end;
  }

  private void instruction(int start, int end) {
    final int startLine = currentLine;
    logical.clear();
    int stop = continued(start, end);
    logical.add(start, stop < 0 ? end : stop, currentLine, lines.start());
    boolean empty = false;
    while (stop >= 0 && lines.advance()) {
      currentLine++;
      int from = lines.start();
      int to = lines.end();
      int text = Bytes.skipSpace(source, from, to);
      if (text == to) {
        empty = true;
        continue;
      }
      if (source[text] == '#') {
        continue;
      }
      stop = continued(from, to);
      logical.add(from, stop < 0 ? to : stop, currentLine, from);
    }
    if (empty) {
      emptyContinuations.add(Range.line(currentLine));
    }
    List<String> before = comments;
    comments = new ArrayList<>();
    List<Heredoc> heredocs = new ArrayList<>();
    try {
      if (reader == null) {
        reader = new LineReader((char) escape, logical);
      }
      InstructionNode node = reader.read();
      if (takesHeredocs(node) && logical.contains((byte) '<', (byte) '<')) {
        for (Heredoc heredoc : Heredocs.inLine(node.original())) {
          heredocs.add(heredoc.withContent(body(heredoc)));
        }
      }
      instructions.add(node.completed(startLine, currentLine, before, heredocs));
    } catch (DockerfileException e) {
      errors.add(e.withLocation(Range.lines(startLine, currentLine)));
    }
  }

  private static boolean takesHeredocs(InstructionNode node) {
    InstructionNode command = node;
    if (node.trigger() != null && node.keyword().equalsIgnoreCase("onbuild")) {
      command = node.trigger();
    }
    return switch (command.keyword().toLowerCase(Locale.ROOT)) {
      case "add", "copy", "run" -> !command.json();
      default -> false;
    };
  }

  private String body(Heredoc heredoc) throws DockerfileException {
    byte[] terminator = heredoc.name().getBytes(java.nio.charset.StandardCharsets.UTF_8);
    int first = -1;
    while (lines.advance()) {
      currentLine++;
      int from = lines.start();
      if (first < 0) {
        first = from;
      }
      int start = from;
      while (heredoc.chomp() && start < lines.end() && source[start] == '\t') {
        start++;
      }
      if (Arrays.equals(source, start, lines.end(), terminator, 0, terminator.length)) {
        return SourceText.decodeBytes(source, first, from);
      }
    }
    throw new DockerfileException("unterminated heredoc")
        .withHint(
            "a line that holds nothing but "
                + heredoc.name()
                + " has to end what <<"
                + heredoc.name()
                + " starts");
  }
}
