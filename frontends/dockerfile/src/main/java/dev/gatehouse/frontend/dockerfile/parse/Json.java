package dev.gatehouse.frontend.dockerfile.parse;

import dev.gatehouse.grammar.dockerfile.ClassifiedStream;
import dev.gatehouse.grammar.dockerfile.JsonLexer;
import dev.gatehouse.grammar.dockerfile.JsonParser;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.antlr.v4.runtime.BailErrorStrategy;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.ParseCancellationException;
import org.antlr.v4.runtime.tree.TerminalNode;
import org.jspecify.annotations.Nullable;

/** JSON where a Dockerfile has it. */
final class Json {
  /** Go's limit of nesting; deeper is not JSON. */
  private static final int MAX_DEPTH = 10_000;

  private Json() {}

  /** A text that is JSON, but no array of strings. */
  static final class NotStrings extends Exception {
    private static final long serialVersionUID = 1;

    NotStrings() {
      super(null, null, false, false);
    }
  }

  /** An element and its offsets. */
  record Element(String value, int from, int to) {}

  /** The elements of an array of strings; null if the text is not JSON. */
  static @Nullable List<Element> strings(String text) throws NotStrings {
    CommonTokenStream tokens = tokens(text);
    tokens.fill();
    List<Token> all = tokens.getTokens();
    // Most of what starts with a bracket and is not JSON is a shell's test: not worth an exception.
    if (all.size() < 3 || all.get(all.size() - 2).getType() != JsonLexer.ARRAY_CLOSE) {
      return null;
    }
    JsonParser parser = new JsonParser(tokens);
    parser.removeErrorListeners();
    parser.setErrorHandler(new BailErrorStrategy());
    try {
      List<TerminalNode> strings = parser.strings().STRING();
      List<Element> elements = new ArrayList<>(strings.size());
      for (TerminalNode string : strings) {
        Token token = string.getSymbol();
        elements.add(
            new Element(unquoted(text, token), token.getStartIndex(), token.getStopIndex() + 1));
      }
      return elements;
    } catch (ParseCancellationException e) {
      if (isJson(text, all)) {
        throw new NotStrings();
      }
      return null;
    }
  }

  /**
   * The last member of this name of a JSON object, if that is a string; null also if the text is
   * not JSON.
   */
  static @Nullable String member(String text, String name) {
    CommonTokenStream tokens = tokens(text);
    tokens.fill();
    List<Token> all = tokens.getTokens();
    if (all.get(0).getType() != JsonLexer.OBJECT_OPEN || !isJson(text, all)) {
      return null;
    }
    String found = null;
    int depth = 0;
    for (int i = 0; i < all.size(); i++) {
      switch (all.get(i).getType()) {
        case JsonLexer.OBJECT_OPEN, JsonLexer.ARRAY_OPEN -> depth++;
        case JsonLexer.OBJECT_CLOSE, JsonLexer.ARRAY_CLOSE -> depth--;
        case JsonLexer.COLON -> {
          if (depth == 1 && unquoted(text, all.get(i - 1)).equals(name)) {
            Token value = all.get(i + 1);
            found = value.getType() == JsonLexer.STRING ? unquoted(text, value) : null;
          }
        }
        default -> {}
      }
    }
    return found;
  }

  private static CommonTokenStream tokens(String text) {
    JsonLexer lexer = new JsonLexer(ClassifiedStream.ofText(text));
    lexer.removeErrorListeners();
    return new CommonTokenStream(lexer);
  }

  /** Whether tokens are one JSON value, found out without recursion. */
  private static boolean isJson(String text, List<Token> tokens) {
    BitSet objects = new BitSet();
    int depth = 0;
    boolean value = true;
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      int type = token.getType();
      if (value) {
        // A value is wanted; or, right behind an opening, its closing.
        int before = i == 0 ? Token.EOF : tokens.get(i - 1).getType();
        switch (type) {
          case JsonLexer.ARRAY_OPEN, JsonLexer.OBJECT_OPEN -> {
            if (depth == MAX_DEPTH) {
              return false;
            }
            objects.set(depth++, type == JsonLexer.OBJECT_OPEN);
            if (type == JsonLexer.OBJECT_OPEN) {
              if (tokens.get(i + 1).getType() == JsonLexer.OBJECT_CLOSE) {
                i++;
                depth--;
                value = false;
              } else if (tokens.get(i + 1).getType() == JsonLexer.STRING
                  && tokens.get(i + 2).getType() == JsonLexer.COLON) {
                i += 2;
              } else {
                return false;
              }
            }
          }
          case JsonLexer.ARRAY_CLOSE -> {
            if (before != JsonLexer.ARRAY_OPEN) {
              return false;
            }
            depth--;
            value = false;
          }
          case JsonLexer.STRING, JsonLexer.LITERAL -> value = false;
          case JsonLexer.NUMBER -> {
            // Go refuses numbers that no float can hold.
            if (Double.isInfinite(
                Double.parseDouble(
                    text.substring(token.getStartIndex(), token.getStopIndex() + 1)))) {
              return false;
            }
            value = false;
          }
          default -> {
            return false;
          }
        }
      } else if (type == Token.EOF) {
        return depth == 0;
      } else if (depth == 0) {
        return false;
      } else if (type == JsonLexer.COMMA) {
        value = true;
        if (objects.get(depth - 1)) {
          if (tokens.get(i + 1).getType() != JsonLexer.STRING
              || tokens.get(i + 2).getType() != JsonLexer.COLON) {
            return false;
          }
          i += 2;
        }
      } else if (type
          == (objects.get(depth - 1) ? JsonLexer.OBJECT_CLOSE : JsonLexer.ARRAY_CLOSE)) {
        depth--;
      } else {
        return false;
      }
    }
    return false;
  }

  private static String unquoted(String text, Token token) {
    int from = token.getStartIndex() + 1;
    int to = token.getStopIndex();
    int first = from;
    while (first < to && text.charAt(first) != '\\') {
      first++;
    }
    if (first == to) {
      return text.substring(from, to);
    }
    StringBuilder out = new StringBuilder(to - from).append(text, from, first);
    for (int i = first; i < to; i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      c = text.charAt(++i);
      switch (c) {
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case 'u' -> {
          char unit = (char) Integer.parseInt(text, i + 1, i + 5, 16);
          i += 4;
          if (Character.isHighSurrogate(unit)
              && i + 6 < to
              && text.charAt(i + 1) == '\\'
              && text.charAt(i + 2) == 'u'
              && Character.isLowSurrogate((char) Integer.parseInt(text, i + 3, i + 7, 16))) {
            out.append(unit).append((char) Integer.parseInt(text, i + 3, i + 7, 16));
            i += 6;
          } else {
            out.append(Character.isSurrogate(unit) ? '\uFFFD' : unit);
          }
        }
        default -> out.append(c);
      }
    }
    return out.toString();
  }
}
