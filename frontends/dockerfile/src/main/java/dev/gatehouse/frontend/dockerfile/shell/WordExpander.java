package dev.gatehouse.frontend.dockerfile.shell;

import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.dockerfile.parse.word.Word;

/**
 * Expands words as BuildKit does: {@code $name}, {@code ${name}} with the modifiers {@code :- - :+
 * + :? ? # ## % %% / //}, single and double quotes, escapes.
 *
 * @param escape {@code \} or {@code `}
 * @param rawQuotes quotes stay in the result
 * @param rawEscapes escape characters stay in the result
 * @param skipQuotes quotes mean nothing and stay
 * @param skipUnset a variable that is not set stays as written
 */
public record WordExpander(
    char escape, boolean rawQuotes, boolean rawEscapes, boolean skipQuotes, boolean skipUnset) {
  /** An expander that removes quotes and escapes and replaces unset variables by nothing. */
  public WordExpander(char escape) {
    this(escape, false, false, false, false);
  }

  /** This expander, keeping quotes or not. */
  public WordExpander withRawQuotes(boolean on) {
    return new WordExpander(escape, on, rawEscapes, skipQuotes, skipUnset);
  }

  /** This expander, keeping escapes or not. */
  public WordExpander withRawEscapes(boolean on) {
    return new WordExpander(escape, rawQuotes, on, skipQuotes, skipUnset);
  }

  /** This expander, taking quotes for ordinary characters or not. */
  public WordExpander withSkipQuotes(boolean on) {
    return new WordExpander(escape, rawQuotes, rawEscapes, on, skipUnset);
  }

  /** This expander, leaving unset variables as written or not. */
  public WordExpander withSkipUnset(boolean on) {
    return new WordExpander(escape, rawQuotes, rawEscapes, skipQuotes, on);
  }

  /** Expands a word. */
  public Expansion expand(String word, Environment environment) throws ExpansionException {
    // A byte-order mark at its start is no part of a word.
    String text = word.startsWith("\uFEFF") ? word.substring(1) : word;
    try {
      return Evaluation.expand(this, Word.parse(text, escape, !skipQuotes), environment);
    } catch (Evaluation.PartialFailure e) {
      throw new ExpansionException(
          "failed to process " + GoText.quote(word) + ": " + e.reason, e.partial);
    }
  }
}
