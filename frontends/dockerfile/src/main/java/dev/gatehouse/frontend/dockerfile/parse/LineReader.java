package dev.gatehouse.frontend.dockerfile.parse;

import dev.gatehouse.grammar.dockerfile.ClassifiedStream;
import dev.gatehouse.grammar.dockerfile.InstructionLexer;
import dev.gatehouse.grammar.dockerfile.InstructionParser;
import dev.gatehouse.grammar.dockerfile.InstructionParser.InstructionContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.BailErrorStrategy;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.atn.PredictionMode;
import org.antlr.v4.runtime.misc.ParseCancellationException;
import org.antlr.v4.runtime.tree.TerminalNode;
import org.jspecify.annotations.Nullable;

/**
 * Reads one logical line into a node.
 *
 * <p>Not safe for use by several threads: lexer and parser are made once for a file.
 */
final class LineReader {
  private final char escape;
  private final InstructionLexer lexer;
  private final CommonTokenStream tokens;
  private final InstructionParser parser;

  private final LogicalLine line;

  // The line being read: its text without blanks around it.
  private byte[] text = new byte[0];
  private int from;
  private int to;

  LineReader(char escape, LogicalLine line) {
    this.escape = escape;
    this.line = line;
    lexer = new InstructionLexer(ClassifiedStream.ofLine(text, 0, 0, escape));
    lexer.removeErrorListeners();
    tokens = new CommonTokenStream(lexer);
    parser = new InstructionParser(tokens);
    parser.removeErrorListeners();
    parser.setErrorHandler(new BailErrorStrategy());
    parser.getInterpreter().setPredictionMode(PredictionMode.SLL);
  }

  /** A node without line numbers, comments and here-documents. */
  InstructionNode read() throws DockerfileException {
    text = line.text();
    from = Bytes.skipSpace(text, 0, line.length());
    to = Bytes.trimEnd(text, from, line.length());
    lexer.setInputStream(ClassifiedStream.ofLine(text, from, to, escape));
    tokens.setTokenSource(lexer);
    parser.setTokenStream(tokens);
    InstructionParser.LineContext tree;
    try {
      tree = parser.line();
    } catch (ParseCancellationException e) {
      throw new DockerfileException("instruction cannot be split into words", e);
    }
    List<InstructionParser.TriggerContext> onbuilds = tree.trigger();
    InstructionContext instruction = tree.instruction();
    String original = SourceText.decode(text, 0, line.length());
    if (onbuilds.isEmpty()) {
      if (instruction == null) {
        return blank(original);
      }
      return instruction(instruction, original);
    }
    // An ONBUILD in an ONBUILD is refused later; of a chain of them the second and the last are all
    // one has to know.
    InstructionNode trigger =
        instruction == null ? null : instruction(instruction, rest(instruction.getStart()));
    for (int i = onbuilds.size() - 1; i >= 0; i--) {
      boolean outer = i == 0;
      if (outer || i == 1) {
        InstructionParser.TriggerContext onbuild = onbuilds.get(i);
        Token keyword = onbuild.ONBUILD().getSymbol();
        List<String> arguments = new ArrayList<>();
        if (trigger != null) {
          arguments.add(trigger.keyword());
          if (outer) {
            arguments.addAll(trigger.arguments());
          }
        }
        Flags flags = flags(onbuild.flags());
        trigger =
            node(
                keyword,
                flags,
                new Arguments(arguments, List.of(), false),
                outer ? trigger : null,
                outer ? original : rest(keyword));
      }
    }
    if (trigger == null) {
      throw new IllegalStateException("ONBUILD without a node");
    }
    return trigger;
  }

  /** A line of nothing but blanks that the reference takes for an instruction without a name. */
  private InstructionNode blank(String original) {
    Range range = line.range(0, 0);
    return new InstructionNode(
        "", List.of(), List.of(), false, List.of(), null, original, 0, 0, List.of(), range,
        List.of(), List.of());
  }

  private record Flags(List<String> values, List<Range> ranges) {}

  private record Arguments(List<String> values, List<Range> ranges, boolean json) {}

  private InstructionNode node(
      Token keyword,
      Flags flags,
      Arguments arguments,
      @Nullable InstructionNode trigger,
      String original) {
    return new InstructionNode(
        text(keyword),
        flags.values,
        arguments.values,
        arguments.json,
        List.of(),
        trigger,
        original,
        0,
        0,
        List.of(),
        line.range(from + keyword.getStartIndex(), to),
        flags.ranges,
        arguments.ranges);
  }

  private InstructionNode instruction(InstructionContext tree, String original)
      throws DockerfileException {
    Token keyword = tree.getStart();
    Flags flags = flags(tree.getRuleContext(InstructionParser.FlagsContext.class, 0));
    Arguments arguments;
    if (tree instanceof InstructionParser.WordsInstructionContext words) {
      arguments =
          keyword.getType() == InstructionLexer.ARG
              ? words(words.words())
              : pairs(words.words(), keyword.getType() == InstructionLexer.ENV ? "ENV" : "LABEL");
    } else if (tree instanceof InstructionParser.ListInstructionContext list) {
      arguments = list(keyword.getType(), list.items());
    } else if (tree instanceof InstructionParser.TextInstructionContext whole) {
      arguments = whole(keyword.getType(), whole.TEXT());
    } else if (tree instanceof InstructionParser.HealthcheckInstructionContext health) {
      arguments = health(health);
    } else {
      arguments = new Arguments(List.of(), List.of(), false);
    }
    return node(keyword, flags, arguments, null, original);
  }

  private Flags flags(InstructionParser.FlagsContext tree) {
    List<TerminalNode> nodes = tree.FLAG();
    if (nodes.isEmpty()) {
      return new Flags(List.of(), List.of());
    }
    List<String> values = new ArrayList<>(nodes.size());
    List<Range> ranges = new ArrayList<>(nodes.size());
    for (TerminalNode node : nodes) {
      Token token = node.getSymbol();
      String value = flag(token);
      if (!value.equals("--")) {
        values.add(value);
        ranges.add(range(token));
      }
    }
    return new Flags(values, ranges);
  }

  /**
   * A flag without quotes and escapes. Each byte is a character: the reference does not decode
   * flags.
   */
  private String flag(Token token) {
    int start = from + token.getStartIndex();
    int end = from + token.getStopIndex() + 1;
    byte[] out = new byte[end - start];
    int size = 0;
    byte quote = 0;
    for (int i = start; i < end; i++) {
      byte b = text[i];
      if (quote != 0 && b == quote) {
        quote = 0;
      } else if (quote == 0 && (b == '"' || b == '\'')) {
        quote = b;
      } else if (b == escape) {
        if (++i < end) {
          out[size++] = text[i];
        }
      } else {
        out[size++] = b;
      }
    }
    return new String(out, 0, size, StandardCharsets.ISO_8859_1);
  }

  private Arguments words(InstructionParser.WordsContext tree) {
    List<String> values = new ArrayList<>();
    List<Range> ranges = new ArrayList<>();
    for (TerminalNode node : tree.WORD()) {
      values.add(text(node.getSymbol()));
      ranges.add(range(node.getSymbol()));
    }
    TerminalNode cut = tree.CUT_WORD();
    if (cut != null) {
      String word = text(cut.getSymbol());
      word = word.substring(0, word.length() - 1);
      if (!word.isEmpty()) {
        values.add(word);
        ranges.add(range(cut.getSymbol()));
      }
    }
    return new Arguments(values, ranges, false);
  }

  private Arguments pairs(InstructionParser.WordsContext tree, String keyword)
      throws DockerfileException {
    Arguments words = words(tree);
    List<String> values = new ArrayList<>();
    if (words.values.isEmpty()) {
      return words;
    }
    if (words.values.get(0).indexOf('=') < 0) {
      String rest = rest(tree.getStart());
      int blank = 0;
      while (blank < rest.length() && !isBlank(rest.charAt(blank))) {
        blank++;
      }
      if (blank == rest.length()) {
        throw new DockerfileException(keyword + " must have two arguments")
            .withHint("write " + keyword + " " + rest + "=VALUE");
      }
      int value = blank;
      while (value < rest.length() && isBlank(rest.charAt(value))) {
        value++;
      }
      values.add(rest.substring(0, blank));
      values.add(rest.substring(value));
      values.add("");
      return new Arguments(
          values, List.of(line.range(from + tree.getStart().getStartIndex(), to)), false);
    }
    for (String word : words.values) {
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw new DockerfileException(
                "Syntax error - can't find = in "
                    + GoText.quote(word)
                    + ". Must be of the form: name=value")
            .withHint("a value with blanks in it has to be quoted: name=\"a value\"");
      }
      values.add(word.substring(0, equals));
      values.add(word.substring(equals + 1));
      values.add("=");
    }
    return new Arguments(values, words.ranges, false);
  }

  private Arguments list(int keyword, InstructionParser.ItemsContext tree)
      throws DockerfileException {
    List<TerminalNode> items = tree.ITEM();
    if (items.isEmpty()) {
      return new Arguments(List.of(), List.of(), false);
    }
    boolean json =
        keyword == InstructionLexer.ADD
            || keyword == InstructionLexer.COPY
            || keyword == InstructionLexer.VOLUME;
    int start = Bytes.skipSpace(text, from + tree.getStart().getStartIndex(), to);
    if (json && start < to && text[start] == '[') {
      Arguments strings = json(start);
      if (strings != null) {
        return strings;
      }
    }
    List<String> values = new ArrayList<>(items.size());
    List<Range> ranges = new ArrayList<>(items.size());
    for (TerminalNode node : items) {
      Token token = node.getSymbol();
      int at = Math.max(start, from + token.getStartIndex());
      int end = from + token.getStopIndex() + 1;
      if (at < end) {
        values.add(SourceText.decode(text, at, end));
        ranges.add(line.range(at, end));
      }
    }
    return new Arguments(values, ranges, false);
  }

  private Arguments whole(int keyword, @Nullable TerminalNode node) throws DockerfileException {
    if (node == null) {
      return new Arguments(List.of(), List.of(), false);
    }
    int start = from + node.getSymbol().getStartIndex();
    boolean json =
        keyword == InstructionLexer.CMD
            || keyword == InstructionLexer.ENTRYPOINT
            || keyword == InstructionLexer.RUN
            || keyword == InstructionLexer.SHELL;
    if (json && text[start] == '[') {
      Arguments strings = json(start);
      if (strings != null) {
        return strings;
      }
    }
    return new Arguments(
        List.of(SourceText.decode(text, start, to)), List.of(line.range(start, to)), false);
  }

  private Arguments health(InstructionParser.HealthcheckInstructionContext tree)
      throws DockerfileException {
    TerminalNode type = tree.TYPE();
    if (type == null) {
      return new Arguments(List.of(), List.of(), false);
    }
    List<String> values = new ArrayList<>();
    List<Range> ranges = new ArrayList<>();
    values.add(text(type.getSymbol()));
    ranges.add(range(type.getSymbol()));
    TerminalNode command = tree.TEXT();
    boolean json = false;
    if (command != null) {
      Arguments arguments = whole(InstructionLexer.CMD, command);
      values.addAll(arguments.values);
      ranges.addAll(arguments.ranges);
      json = arguments.json;
    }
    return new Arguments(values, ranges, json);
  }

  /** The arguments as a JSON array, null if they are none. */
  private @Nullable Arguments json(int start) throws DockerfileException {
    String rest = SourceText.decode(text, start, to);
    List<Json.Element> elements;
    try {
      elements = Json.strings(rest);
    } catch (Json.NotStrings e) {
      throw new DockerfileException(
              "when using JSON array syntax, arrays must be comprised of strings only")
          .withHint("put each element in double quotes, or leave the brackets out");
    }
    if (elements == null) {
      return null;
    }
    List<String> values = new ArrayList<>(elements.size());
    List<Range> ranges = new ArrayList<>(elements.size());
    boolean ascii = rest.length() == to - start;
    for (Json.Element element : elements) {
      values.add(element.value());
      if (ascii) {
        ranges.add(line.range(start + element.from(), start + element.to()));
      }
    }
    return new Arguments(values, ranges, true);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t' || c == 0x0b || c == '\f' || c == '\r';
  }

  /** The line from a token on. */
  private String rest(Token token) {
    return SourceText.decode(text, from + token.getStartIndex(), to);
  }

  private String text(Token token) {
    return SourceText.decode(text, from + token.getStartIndex(), from + token.getStopIndex() + 1);
  }

  private Range range(Token token) {
    return line.range(from + token.getStartIndex(), from + token.getStopIndex() + 1);
  }
}
