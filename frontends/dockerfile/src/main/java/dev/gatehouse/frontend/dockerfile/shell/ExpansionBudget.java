package dev.gatehouse.frontend.dockerfile.shell;

import java.util.List;
import java.util.Set;

/**
 * How much text the words of one file may expand to.
 *
 * <p>Variables that are made of variables double with each line: without a limit a file of a few
 * hundred bytes fills any memory. What is over the limit could not be sent to a daemon either,
 * whose messages end at 16 MiB. Not safe for use by several threads.
 */
public final class ExpansionBudget {
  /** The longest text that one word may become, in UTF-16 units. */
  public static final int MAX_WORD = 4 << 20;

  /** The most that all words of a file may become together, in UTF-16 units. */
  public static final int MAX_FILE = 32 << 20;

  private static final int MAX_SUGGESTIONS = 100;

  /** No limit but that of a word, for texts that are no longer than the file they come from. */
  static final ExpansionBudget WORDS_ONLY = new ExpansionBudget(Long.MAX_VALUE);

  private long left;
  private int suggestions;

  private ExpansionBudget(long left) {
    this.left = left;
  }

  /** The budget of one file. */
  public static ExpansionBudget ofFile() {
    return new ExpansionBudget(MAX_FILE);
  }

  /**
   * Uses some of it.
   *
   * @throws ExpansionException if no more is left
   */
  public void take(long length) throws ExpansionException {
    if (this == WORDS_ONLY) {
      return;
    }
    left -= length;
    if (left < 0) {
      throw new ExpansionException(
          "the instructions of this file expand to more than " + MAX_FILE + " characters",
          new Expansion("", List.of(), Set.of(), Set.of()));
    }
  }

  /** Whether more was used than there is. */
  public boolean isSpent() {
    return left < 0;
  }

  /**
   * Whether to look for the name that was meant by an unknown one, which takes a look at all known
   * ones: for the first of a file only.
   */
  public boolean maySuggest() {
    return ++suggestions <= MAX_SUGGESTIONS;
  }
}
