package dev.gatehouse.frontend.dockerfile.parse.word;

import dev.gatehouse.grammar.dockerfile.ClassifiedStream;
import dev.gatehouse.grammar.dockerfile.WordLexer;
import dev.gatehouse.grammar.dockerfile.WordParser;
import dev.gatehouse.grammar.dockerfile.WordParser.ModifiedContext;
import dev.gatehouse.grammar.dockerfile.WordParser.PartContext;
import dev.gatehouse.grammar.dockerfile.WordParser.QuotedPartContext;
import dev.gatehouse.grammar.dockerfile.WordParser.SubstitutionContext;
import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.BailErrorStrategy;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.atn.PredictionMode;
import org.antlr.v4.runtime.tree.ParseTree;
import org.antlr.v4.runtime.tree.TerminalNode;
import org.jspecify.annotations.Nullable;

/** Makes a {@link Word} of ANTLR's tree. */
final class WordReader {
  private final String text;

  private WordReader(String text) {
    this.text = text;
  }

  static Word read(String text, char escape, boolean quotes) {
    if (isPlain(text)) {
      return new Word(text.isEmpty() ? List.of() : List.of(new WordPart.Text(text)), text.length());
    }
    int tooDeep = depthLimit(text);
    if (tooDeep >= 0) {
      String message = "substitutions are nested more than " + Word.MAX_DEPTH + " deep";
      return new Word(List.of(new WordPart.Broken(message, tooDeep)), text.length());
    }
    WordLexer lexer = new WordLexer(ClassifiedStream.ofWord(text, escape, quotes));
    lexer.removeErrorListeners();
    WordParser parser = new WordParser(new CommonTokenStream(lexer));
    parser.removeErrorListeners();
    parser.setErrorHandler(new BailErrorStrategy());
    parser.getInterpreter().setPredictionMode(PredictionMode.SLL);
    return new Word(new WordReader(text).parts(parser.word().part()), text.length());
  }

  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      switch (text.charAt(i)) {
        case '$', '"', '\'', '\\', '`', '<' -> {
          return false;
        }
        default -> {}
      }
    }
    return true;
  }

  /**
   * The offset where more substitutions have been opened than closed than may be; -1 if they never
   * are.
   */
  private static int depthLimit(String text) {
    int depth = 0;
    for (int i = 0; i + 1 < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '$' && text.charAt(i + 1) == '{') {
        if (++depth > Word.MAX_DEPTH) {
          return i;
        }
      } else if (c == '}' && depth > 0) {
        depth--;
      }
    }
    return -1;
  }

  private List<WordPart> parts(List<PartContext> contexts) {
    List<WordPart> parts = new ArrayList<>(contexts.size());
    for (PartContext context : contexts) {
      parts.add(part(context.getChild(0)));
    }
    return parts;
  }

  private WordPart part(ParseTree tree) {
    if (tree instanceof TerminalNode leaf) {
      return leaf(leaf.getSymbol());
    }
    if (tree instanceof WordParser.DoubleQuotedContext quoted) {
      List<WordPart> parts = new ArrayList<>();
      for (QuotedPartContext context : quoted.quotedPart()) {
        parts.add(part(context.getChild(0)));
      }
      TerminalNode close = quoted.CLOSE_QUOTE();
      return new WordPart.DoubleQuoted(
          parts, close != null, close == null ? text.length() : end(close.getSymbol()));
    }
    return substitution((SubstitutionContext) tree);
  }

  private WordPart leaf(Token token) {
    return switch (token.getType()) {
      case WordLexer.ESCAPED -> new WordPart.Escaped(text(token).substring(1));
      case WordLexer.CUT -> new WordPart.Escaped("");
      case WordLexer.LONE_ESCAPE -> new WordPart.LoneEscape();
      case WordLexer.HEREDOC -> new WordPart.HeredocMark(text(token));
      case WordLexer.SINGLE_QUOTED ->
          new WordPart.SingleQuoted(
              text.substring(token.getStartIndex() + 1, token.getStopIndex()), true, end(token));
      case WordLexer.QUOTED ->
          new WordPart.DoubleQuoted(
              List.of(
                  new WordPart.Text(
                      text.substring(token.getStartIndex() + 1, token.getStopIndex()))),
              true,
              end(token));
      case WordLexer.OPEN_SINGLE_QUOTED ->
          new WordPart.SingleQuoted(
              text.substring(token.getStartIndex() + 1), false, text.length());
      case WordLexer.VARIABLE -> new WordPart.Variable(text(token).substring(1), false);
      case WordLexer.DOLLAR -> new WordPart.Dollar();
      default -> new WordPart.Text(text(token));
    };
  }

  private WordPart substitution(SubstitutionContext tree) {
    if (tree instanceof WordParser.PlainContext plain) {
      return new WordPart.Variable(text(plain.PARAMETER().getSymbol()), true);
    }
    if (tree instanceof WordParser.ConditionalContext conditional) {
      TerminalNode operator =
          conditional.OPERATOR() != null ? conditional.OPERATOR() : conditional.COLON_OPERATOR();
      ModifiedContext word = conditional.modified();
      return new WordPart.Conditional(
          name(conditional.PARAMETER()),
          operator(operator.getSymbol()),
          parts(word.part()),
          word.CLOSE() != null,
          end(word));
    }
    if (tree instanceof WordParser.ReplacementContext replacement) {
      WordParser.PatternContext pattern = replacement.pattern();
      ModifiedContext by = replacement.modified();
      return new WordPart.Replacement(
          name(replacement.PARAMETER()),
          text(replacement.SLASH().getSymbol()).length() == 2,
          parts(pattern.part()),
          pattern.PATTERN_END() != null,
          by == null ? List.of() : parts(by.part()),
          by != null && by.CLOSE() != null,
          by == null ? text.length() : end(by));
    }
    if (tree instanceof WordParser.BadSubstitutionContext bad) {
      return new WordPart.Broken(
          "syntax error: bad substitution", bad.BAD_START().getSymbol().getStartIndex());
    }
    if (tree instanceof WordParser.BadModifierContext bad) {
      Token operator = bad.BAD_OPERATOR().getSymbol();
      String written = operator(operator);
      return new WordPart.Broken(
          "unsupported modifier (" + written + ") in substitution",
          operator.getStartIndex() + written.length());
    }
    if (tree instanceof WordParser.CutParameterContext) {
      // The reference reads the end of the word as a modifier.
      return new WordPart.Broken("unsupported modifier (\uFFFD) in substitution", text.length());
    }
    return new WordPart.Broken("syntax error: missing '}'", text.length());
  }

  private String name(@Nullable TerminalNode parameter) {
    return parameter == null ? "" : text(parameter.getSymbol());
  }

  /** An operator, whole also where it ends with half of a surrogate pair. */
  private String operator(Token token) {
    int from = token.getStartIndex();
    int last = token.getStopIndex();
    int to = last + Character.charCount(text.codePointAt(last));
    return text.substring(from, to);
  }

  private int end(ModifiedContext word) {
    TerminalNode close = word.CLOSE();
    return close == null ? text.length() : end(close.getSymbol());
  }

  private static int end(Token token) {
    return token.getStopIndex() + 1;
  }

  private String text(Token token) {
    return text.substring(token.getStartIndex(), end(token));
  }
}
