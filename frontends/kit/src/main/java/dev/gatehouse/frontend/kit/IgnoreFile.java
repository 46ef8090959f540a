package dev.gatehouse.frontend.kit;

import dev.gatehouse.llb.SlashPath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads ignore files: a pattern a line, {@code #} for comments, {@code !} for exceptions. */
public final class IgnoreFile {
  private static final int MAX_LINE = 65_536;

  private IgnoreFile() {}

  /**
   * The patterns of a file, cleaned and relative to the context.
   *
   * @throws IllegalArgumentException if a line is longer than 64 KiB
   */
  public static List<String> read(byte[] content) {
    List<String> patterns = new ArrayList<>();
    String text = new String(content, StandardCharsets.UTF_8);
    if (text.startsWith("\uFEFF")) {
      text = text.substring(1);
    }
    for (String line : text.split("\n", -1)) {
      if (line.length() >= MAX_LINE) {
        throw new IllegalArgumentException("bufio.Scanner: token too long");
      }
      if (line.startsWith("#")) {
        continue;
      }
      String pattern = line.strip();
      if (pattern.isEmpty()) {
        continue;
      }
      boolean exception = pattern.startsWith("!");
      if (exception) {
        pattern = pattern.substring(1).strip();
      }
      if (!pattern.isEmpty()) {
        pattern = SlashPath.clean(pattern);
        if (pattern.length() > 1 && pattern.startsWith("/")) {
          pattern = pattern.substring(1);
        }
      }
      patterns.add(exception ? "!" + pattern : pattern);
    }
    return patterns;
  }
}
