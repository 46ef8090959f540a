package dev.gatehouse.frontend.dockerfile.parse;

import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionException;
import dev.gatehouse.frontend.dockerfile.shell.WordExpander;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Recognises here-document words. */
public final class Heredocs {
  private static final Pattern WORD = Pattern.compile("(\\d*)<<(-?)[\\t\\n\\f\\r ]*([^<]*)");
  private static final WordExpander PLAIN = new WordExpander('\\').withSkipUnset(true);
  private static final WordExpander QUOTES = PLAIN.withRawQuotes(true);
  private static final WordExpander VERBATIM = QUOTES.withRawEscapes(true);

  private Heredocs() {}

  /**
   * The here-document that a word such as {@code <<EOF} or {@code 3<<-"EOF"} announces; its content
   * is empty.
   */
  public static Optional<Heredoc> parse(String word) {
    try {
      return Optional.ofNullable(read(word));
    } catch (DockerfileException e) {
      // A word that cannot be read announces nothing, as in the reference.
      return Optional.empty();
    }
  }

  /** The here-documents that a line announces. */
  static List<Heredoc> inLine(String line) throws DockerfileException {
    List<String> words;
    try {
      words = VERBATIM.expand(line, Environment.EMPTY).words();
    } catch (ExpansionException e) {
      // Shell syntax that cannot be split is the shell's business; the reference finds no
      // here-document in it.
      return List.of();
    }
    List<Heredoc> found = new ArrayList<>();
    for (String word : words) {
      Heredoc heredoc = read(word);
      if (heredoc != null) {
        found.add(heredoc);
      }
    }
    return found;
  }

  private static @Nullable Heredoc read(String word) throws DockerfileException {
    if (!word.contains("<<")) {
      return null;
    }
    Matcher matcher = WORD.matcher(word);
    if (!matcher.matches()) {
      return null;
    }
    String rest = matcher.group(3);
    if (rest.isEmpty()) {
      return null;
    }
    boolean chomp = !matcher.group(2).isEmpty();
    int descriptor = descriptor(matcher.group(1));
    if (isName(rest)) {
      return new Heredoc(rest, descriptor, true, chomp, "");
    }
    // Where quotes make a difference a part of the word was quoted: then nothing in the content is
    // replaced.
    List<String> words = PLAIN.expand(rest, Environment.EMPTY).words();
    if (words.size() != 1) {
      return null;
    }
    List<String> raw = QUOTES.expand(rest, Environment.EMPTY).words();
    if (raw.size() != 1) {
      throw new DockerfileException(
          "internal lexing of heredoc produced inconsistent results: " + rest);
    }
    String name = words.get(0);
    return new Heredoc(name, descriptor, quotes(name) == quotes(raw.get(0)), chomp, "");
  }

  /** Whether a word holds nothing that could be expanded or split. */
  private static boolean isName(String word) {
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      if (!plain) {
        return false;
      }
    }
    return true;
  }

  private static int descriptor(String digits) {
    if (digits.isEmpty()) {
      return 0;
    }
    try {
      // Base 0 in the reference: a leading zero makes it octal.
      return digits.length() > 1 && digits.charAt(0) == '0'
          ? Integer.parseInt(digits, 8)
          : Integer.parseInt(digits);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static long quotes(String word) {
    return word.chars().filter(c -> c == '\'' || c == '"').count();
  }
}
