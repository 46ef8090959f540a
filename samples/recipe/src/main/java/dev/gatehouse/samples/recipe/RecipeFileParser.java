package dev.gatehouse.samples.recipe;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.Interval;
import org.jspecify.annotations.Nullable;

/** Reads a recipe; no ANTLR type leaves it. */
final class RecipeFileParser {
  private RecipeFileParser() {}

  /**
   * Reads the statements of a file.
   *
   * @throws FrontendException that marks the line which cannot be read
   */
  static List<Statement> parse(SourceMap file) throws FrontendException {
    List<FrontendException> errors = new ArrayList<>();
    BaseErrorListener listener =
        new BaseErrorListener() {
          @Override
          public void syntaxError(
              Recognizer<?, ?> recognizer,
              @Nullable Object symbol,
              int line,
              int column,
              String message,
              @Nullable RecognitionException e) {
            errors.add(
                FrontendException.builder(
                        FrontendException.Category.USER,
                        "%s:%s: a statement is a keyword and its arguments; quotes end on their line"
                            .formatted(file.filename(), line))
                    .source(file, List.of(new SourceRange(line, column, line, column + 1)))
                    .hint("close the quote, or put the whole argument between two")
                    .build());
          }
        };
    RecipeLexer lexer =
        new RecipeLexer(CharStreams.fromString(new String(file.data(), StandardCharsets.UTF_8)));
    lexer.removeErrorListeners();
    lexer.addErrorListener(listener);
    RecipeParser parser = new RecipeParser(new CommonTokenStream(lexer));
    parser.removeErrorListeners();
    parser.addErrorListener(listener);
    RecipeParser.RecipeContext recipe = parser.recipe();
    if (!errors.isEmpty()) {
      throw errors.get(0);
    }
    return recipe.statement().stream().map(RecipeFileParser::statement).toList();
  }

  private static Statement statement(RecipeParser.StatementContext context) {
    List<String> arguments = new ArrayList<>();
    for (RecipeParser.ArgumentContext argument : context.argument()) {
      String text = argument.getText();
      arguments.add(text.startsWith("\"") ? text.substring(1, text.length() - 1) : text);
    }
    Token first = context.getStart();
    Token last = context.getStop();
    String text =
        context.argument().isEmpty()
            ? ""
            : first
                .getInputStream()
                .getText(
                    Interval.of(
                        context.argument(0).getStart().getStartIndex(), last.getStopIndex()));
    return new Statement(
        context.keyword.getText(),
        arguments,
        text,
        new SourceRange(
            first.getLine(),
            first.getCharPositionInLine(),
            last.getLine(),
            last.getCharPositionInLine() + last.getText().length()));
  }
}
