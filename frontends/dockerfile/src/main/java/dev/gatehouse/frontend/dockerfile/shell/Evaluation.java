package dev.gatehouse.frontend.dockerfile.shell;

import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.dockerfile.parse.word.Word;
import dev.gatehouse.frontend.dockerfile.parse.word.WordPart;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One expansion of one word, from left to right, stopping at the first error as the reference does.
 *
 * <p>The reference collects the words of a text in one buffer, which it also uses, and empties, for
 * the texts inside of substitutions: what stands before {@code ${a:-b}} without a blank is missing
 * in the list of words (not in the one-word result). Whoever splits words gets the same list here.
 */
final class Evaluation {
  private static final String MISSING_BRACE = "syntax error: missing '}'";

  private final WordExpander options;
  private final Environment environment;
  private final int length;
  private final Set<String> matched = new LinkedHashSet<>();
  private final Set<String> unmatched = new LinkedHashSet<>();
  private final StringBuilder buffer = new StringBuilder();

  /** An error and the offset up to which the word had been read when it showed. */
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1;
    final int position;

    Failure(String message, int position) {
      super(message, null, false, false);
      this.position = position;
    }
  }

  private Evaluation(WordExpander options, Environment environment, int length) {
    this.options = options;
    this.environment = environment;
    this.length = length;
  }

  static Expansion expand(WordExpander options, Word word, Environment environment)
      throws PartialFailure {
    Evaluation evaluation = new Evaluation(options, environment, word.length());
    try {
      Words words = evaluation.new Words();
      String result = evaluation.evaluate(word.parts(), options.rawEscapes(), words);
      return new Expansion(result, words.all(), evaluation.matched, evaluation.unmatched);
    } catch (Failure e) {
      throw new PartialFailure(
          String.valueOf(e.getMessage()),
          new Expansion("", List.of(), evaluation.matched, evaluation.unmatched));
    }
  }

  /** A failure with what had been found out until then. */
  static final class PartialFailure extends Exception {
    private static final long serialVersionUID = 1;
    final String reason;
    final transient Expansion partial;

    PartialFailure(String reason, Expansion partial) {
      super(reason, null, false, false);
      this.reason = reason;
      this.partial = partial;
    }
  }

  /** Splits a text into words while it is put together. */
  private final class Words {
    private final List<String> words = new ArrayList<>();
    private boolean inWord;

    Words() {
      buffer.setLength(0);
    }

    void add(String text) {
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (!GoText.isSpace(c)) {
          buffer.append(c);
          inWord = true;
        } else if (inWord && buffer.length() != 0) {
          words.add(buffer.toString());
          buffer.setLength(0);
          inWord = false;
        }
      }
    }

    void addRaw(String text) {
      buffer.append(text);
      inWord = true;
    }

    List<String> all() {
      if (buffer.length() > 0) {
        words.add(buffer.toString());
        buffer.setLength(0);
        inWord = false;
      }
      return words;
    }
  }

  private String evaluate(List<WordPart> parts, boolean rawEscapes, Words words) throws Failure {
    StringBuilder result = new StringBuilder();
    for (WordPart part : parts) {
      if (part instanceof WordPart.Text text) {
        words.add(text.text());
        result.append(text.text());
      } else if (part instanceof WordPart.Escaped escaped) {
        if (rawEscapes) {
          words.addRaw(String.valueOf(options.escape()));
          result.append(options.escape());
        }
        if (!escaped.character().isEmpty()) {
          words.addRaw(escaped.character());
          result.append(escaped.character());
        }
      } else if (part instanceof WordPart.HeredocMark mark) {
        words.addRaw(mark.text());
        result.append(mark.text());
      } else if (part instanceof WordPart.SingleQuoted quoted) {
        String text = singleQuoted(quoted);
        words.addRaw(text);
        result.append(text);
      } else if (part instanceof WordPart.DoubleQuoted quoted) {
        String text = doubleQuoted(quoted, rawEscapes);
        words.addRaw(text);
        result.append(text);
      } else {
        String text = dollar(part);
        words.add(text);
        result.append(text);
      }
      if (result.length() > ExpansionBudget.MAX_WORD) {
        throw tooLong();
      }
    }
    return result.toString();
  }

  private Failure tooLong() {
    return new Failure(
        "it expands to more than " + ExpansionBudget.MAX_WORD + " characters", length);
  }

  /** The text inside of a substitution up to what ends it. */
  private String inner(List<WordPart> parts, boolean closed, boolean rawEscapes, String missing)
      throws Failure {
    Words words = new Words();
    String text;
    try {
      text = evaluate(parts, rawEscapes, words);
    } catch (Failure e) {
      throw e.position == length && !closed ? new Failure(missing, length) : e;
    }
    if (!closed) {
      throw new Failure(missing, length);
    }
    words.all();
    return text;
  }

  private String singleQuoted(WordPart.SingleQuoted quoted) throws Failure {
    if (!quoted.closed()) {
      throw new Failure(
          "unexpected end of statement while looking for matching single-quote", length);
    }
    return options.rawQuotes() ? "'" + quoted.text() + "'" : quoted.text();
  }

  private String doubleQuoted(WordPart.DoubleQuoted quoted, boolean rawEscapes) throws Failure {
    StringBuilder result = new StringBuilder();
    if (options.rawQuotes()) {
      result.append('"');
    }
    for (WordPart part : quoted.parts()) {
      if (part instanceof WordPart.Text text) {
        result.append(text.text());
      } else if (part instanceof WordPart.Escaped escaped) {
        if (rawEscapes) {
          result.append(options.escape());
        }
        result.append(escaped.character());
      } else if (part instanceof WordPart.LoneEscape) {
        result.append(options.escape());
        if (rawEscapes) {
          // The reference writes such an escape twice.
          result.append(options.escape());
        }
      } else {
        result.append(dollar(part));
        if (result.length() > ExpansionBudget.MAX_WORD) {
          throw tooLong();
        }
      }
    }
    if (!quoted.closed()) {
      throw new Failure(
          "unexpected end of statement while looking for matching double-quote", length);
    }
    if (options.rawQuotes()) {
      result.append('"');
    }
    return result.toString();
  }

  private String dollar(WordPart part) throws Failure {
    if (part instanceof WordPart.Variable variable) {
      String value = lookUp(variable.name());
      if (value == null && options.skipUnset()) {
        return variable.braced() ? "${" + variable.name() + "}" : "$" + variable.name();
      }
      return value == null ? "" : value;
    }
    if (part instanceof WordPart.Conditional conditional) {
      return conditional(conditional);
    }
    if (part instanceof WordPart.Replacement replacement) {
      return replacement(replacement);
    }
    if (part instanceof WordPart.Broken broken) {
      throw new Failure(broken.message(), broken.end());
    }
    return "$";
  }

  private String conditional(WordPart.Conditional part) throws Failure {
    String operator = part.operator();
    boolean nullIsUnset = operator.length() > 1;
    int kind = operator.codePointAt(nullIsUnset ? 1 : 0);
    String word = inner(part.word(), part.closed(), kind == '#' || kind == '%', MISSING_BRACE);
    String value = lookUp(part.name());
    if (value == null && options.skipUnset()) {
      return "${" + part.name() + operator + word + "}";
    }
    boolean absent = value == null || (nullIsUnset && value.isEmpty());
    switch (kind) {
      case '-' -> {
        return absent || value == null ? word : value;
      }
      case '+' -> {
        return absent ? "" : word;
      }
      case '?' -> {
        if (absent || value == null) {
          String message =
              !word.isEmpty()
                  ? word
                  : value == null ? "is not allowed to be unset" : "is not allowed to be empty";
          throw new Failure(part.name() + ": " + message, part.end());
        }
        return value;
      }
      case '#', '%' -> {
        boolean greedy = !word.isEmpty() && word.charAt(0) == kind;
        String pattern = greedy ? word.substring(1) : word;
        String subject = value == null ? "" : value;
        try {
          return kind == '#'
              ? GlobPattern.trimPrefix(pattern, subject, greedy)
              : GlobPattern.trimSuffix(pattern, subject, greedy);
        } catch (GlobPattern.InvalidPattern e) {
          throw new Failure(String.valueOf(e.getMessage()), part.end());
        }
      }
      default ->
          throw new Failure("unsupported modifier (" + operator + ") in substitution", part.end());
    }
  }

  private String replacement(WordPart.Replacement part) throws Failure {
    String pattern =
        inner(part.pattern(), part.patternClosed(), true, "syntax error: missing '/' in ${}");
    String replacement = inner(part.replacement(), part.closed(), true, MISSING_BRACE);
    String value = lookUp(part.name());
    if (value == null && options.skipUnset()) {
      return "${" + part.name() + "/" + pattern + "/" + replacement + "}";
    }
    try {
      return GlobPattern.replace(pattern, value == null ? "" : value, replacement, part.all());
    } catch (GlobPattern.InvalidPattern e) {
      throw new Failure(String.valueOf(e.getMessage()), part.end());
    }
  }

  private @Nullable String lookUp(String name) {
    String value = environment.get(name);
    (value == null ? unmatched : matched).add(name);
    return value;
  }
}
