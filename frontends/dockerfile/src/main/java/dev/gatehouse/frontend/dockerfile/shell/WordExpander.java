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
 * @param budget how much words may expand to
 */
public record WordExpander(
    char escape,
    boolean rawQuotes,
    boolean rawEscapes,
    boolean skipQuotes,
    boolean skipUnset,
    ExpansionBudget budget) {
  /** An expander that removes quotes and escapes and replaces unset variables by nothing. */
  public WordExpander(char escape) {
    this(escape, false, false, false, false, ExpansionBudget.WORDS_ONLY);
  }

  /** This expander, keeping quotes or not. */
  public WordExpander withRawQuotes(boolean on) {
    return new WordExpander(escape, on, rawEscapes, skipQuotes, skipUnset, budget);
  }

  /** This expander, keeping escapes or not. */
  public WordExpander withRawEscapes(boolean on) {
    return new WordExpander(escape, rawQuotes, on, skipQuotes, skipUnset, budget);
  }

  /** This expander, taking quotes for ordinary characters or not. */
  public WordExpander withSkipQuotes(boolean on) {
    return new WordExpander(escape, rawQuotes, rawEscapes, on, skipUnset, budget);
  }

  /** This expander, leaving unset variables as written or not. */
  public WordExpander withSkipUnset(boolean on) {
    return new WordExpander(escape, rawQuotes, rawEscapes, skipQuotes, on, budget);
  }

  /** This expander, with another escape character. */
  public WordExpander withEscape(char character) {
    return new WordExpander(character, rawQuotes, rawEscapes, skipQuotes, skipUnset, budget);
  }

  /** This expander, using a budget. */
  public WordExpander withBudget(ExpansionBudget shared) {
    return new WordExpander(escape, rawQuotes, rawEscapes, skipQuotes, skipUnset, shared);
  }

  /** Expands a word. */
  public Expansion expand(String word, Environment environment) throws ExpansionException {
    // A byte-order mark at its start is no part of a word.
    String text = word.startsWith("\uFEFF") ? word.substring(1) : word;
    try {
      Expansion expansion =
          Evaluation.expand(this, Word.parse(text, escape, !skipQuotes), environment);
      budget.take(expansion.result().length());
      return expansion;
    } catch (Evaluation.PartialFailure e) {
      throw new ExpansionException(
          "failed to process " + GoText.quote(word) + ": " + e.reason, e.partial);
    }
  }
}
