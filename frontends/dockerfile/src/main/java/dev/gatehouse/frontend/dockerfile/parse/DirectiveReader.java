package dev.gatehouse.frontend.dockerfile.parse;

import dev.gatehouse.grammar.dockerfile.ClassifiedStream;
import dev.gatehouse.grammar.dockerfile.DirectiveLexer;
import dev.gatehouse.grammar.dockerfile.DirectiveParser;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.antlr.v4.runtime.BailErrorStrategy;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.TerminalNode;
import org.jspecify.annotations.Nullable;

/**
 * Reads the parser directives at the head of a file, line by line; the first line that is none ends
 * them.
 *
 * <p>Not safe for use by several threads.
 */
final class DirectiveReader {
  private static final Set<String> NAMES = Set.of("syntax", "escape", "check");

  private final byte[] comment;
  private final List<Directive> directives = new ArrayList<>();
  private int line;
  private boolean done;

  /**
   * @param comment what a comment starts with
   * @param line the number of lines before the first
   */
  DirectiveReader(String comment, int line) {
    this.comment = comment.getBytes(StandardCharsets.US_ASCII);
    this.line = line;
  }

  boolean done() {
    return done;
  }

  List<Directive> directives() {
    return directives;
  }

  /** The directive of the next line, null if it has none. */
  @Nullable Directive read(byte[] text, int from, int to) throws DockerfileException {
    line++;
    if (done) {
      return null;
    }
    Directive directive = null;
    if (startsWithComment(text, from, to)) {
      int start = Bytes.skipSpace(text, from + comment.length, to);
      directive = parse(SourceText.decode(text, start, to), line);
    }
    if (directive == null) {
      done = true;
      return null;
    }
    for (Directive other : directives) {
      if (other.name().equals(directive.name())) {
        throw new DockerfileException(
                "only one " + directive.name() + " parser directive can be used")
            .withHint("remove this line or the one before it that sets " + directive.name());
      }
    }
    directives.add(directive);
    return directive;
  }

  private boolean startsWithComment(byte[] text, int from, int to) {
    if (to - from < comment.length) {
      return false;
    }
    for (int i = 0; i < comment.length; i++) {
      if (text[from + i] != comment[i]) {
        return false;
      }
    }
    return true;
  }

  /** The directive in a comment without its sign, null if it is a remark. */
  static @Nullable Directive parse(String text, int line) {
    if (text.indexOf('=') <= 0) {
      return null;
    }
    DirectiveLexer lexer = new DirectiveLexer(ClassifiedStream.ofText(text));
    lexer.removeErrorListeners();
    DirectiveParser parser = new DirectiveParser(new CommonTokenStream(lexer));
    parser.removeErrorListeners();
    parser.setErrorHandler(new BailErrorStrategy());
    DirectiveParser.CommentContext tree = parser.comment();
    String name;
    String value;
    if (tree instanceof DirectiveParser.DirectiveContext directive) {
      name = text(text, directive.NAME().getSymbol());
      value = text(text, directive.VALUE().getSymbol());
    } else if (tree instanceof DirectiveParser.RemarkContext remark && remark.EQUALS() != null) {
      // Nothing but blanks behind the sign: the reference takes the last for the value.
      TerminalNode named = remark.NAME();
      String equals = text(text, remark.EQUALS().getSymbol());
      if (named == null || !remark.TEXT().isEmpty() || equals.endsWith("=")) {
        return null;
      }
      name = text(text, named.getSymbol());
      value = equals.substring(equals.length() - 1);
    } else {
      return null;
    }
    name = name.toLowerCase(Locale.ROOT);
    return NAMES.contains(name) ? new Directive(name, value, List.of(Range.line(line))) : null;
  }

  private static String text(String text, Token token) {
    return text.substring(token.getStartIndex(), token.getStopIndex() + 1);
  }
}
