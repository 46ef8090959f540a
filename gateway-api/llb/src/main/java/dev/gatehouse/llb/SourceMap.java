package dev.gatehouse.llb;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A source file that operations come from, so that a failing operation can show its lines.
 *
 * @param filename name to show
 * @param language name in GitHub's linguist, such as {@code Dockerfile}
 * @param data the file's bytes; not to be changed
 * @param definition the definition that loads the file; null if not known
 */
public record SourceMap(
    String filename, String language, byte[] data, @Nullable Definition definition) {

  /**
   * Whether both show the same file: name, language, content and, where both have one, the head of
   * the definition.
   */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SourceMap map
        && filename.equals(map.filename)
        && language.equals(map.language)
        && Arrays.equals(data, map.data)
        && (definition == null
            || map.definition == null
            || definition.head().equals(map.definition.head()));
  }

  @Override
  public int hashCode() {
    return filename.hashCode() * 31 + Arrays.hashCode(data);
  }

  @Override
  public String toString() {
    return "SourceMap[" + filename + ", " + data.length + " bytes]";
  }
}
