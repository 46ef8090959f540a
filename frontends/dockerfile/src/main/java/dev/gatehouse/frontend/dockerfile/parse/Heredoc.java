package dev.gatehouse.frontend.dockerfile.parse;

import java.util.regex.Pattern;

/**
 * A here-document: the word after {@code <<} and the lines up to the one that repeats it.
 *
 * @param name the terminator, without quotes
 * @param fileDescriptor the number before {@code <<}, 0 if there is none
 * @param expand whether variables in the content are replaced; not so if a part of the word was
 *     quoted
 * @param chomp whether it was written {@code <<-}; the content still has its tabs, see {@link
 *     #chomped}
 * @param content the lines with their line ends, the terminator's line left out; bytes that are no
 *     UTF-8 stand in it as lone low surrogates, of which {@link #bytes} makes them again
 */
public record Heredoc(
    String name, int fileDescriptor, boolean expand, boolean chomp, String content) {
  private static final Pattern LEADING_TABS = Pattern.compile("(?<=^|\n)\t+");

  /** This here-document with other content. */
  public Heredoc withContent(String content) {
    return new Heredoc(name, fileDescriptor, expand, chomp, content);
  }

  /** The content as it is meant: without leading tabs if {@link #chomp}. */
  public String effectiveContent() {
    return chomp ? chomped(content) : content;
  }

  /** Content as text: bytes that are no UTF-8 become U+FFFD. */
  public static String text(String content) {
    return SourceText.replaced(content);
  }

  /** Content as bytes, those that are no UTF-8 as they were written. */
  public static byte[] bytes(String content) {
    return SourceText.encode(content);
  }

  /** A text without the tabs at the start of each line. */
  public static String chomped(String content) {
    return LEADING_TABS.matcher(content).replaceAll("");
  }
}
