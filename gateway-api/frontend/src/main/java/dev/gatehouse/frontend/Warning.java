package dev.gatehouse.frontend;

import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Something the person who builds should know.
 *
 * @param vertexDigest the vertex it is about, or empty for the build
 * @param level 1 is the usual one; lower is more important
 * @param message one line
 * @param details more lines
 * @param url where it is explained, or empty
 * @param fileOrNull the source file it is about
 * @param ranges in that file
 */
public record Warning(
    String vertexDigest,
    int level,
    String message,
    List<String> details,
    String url,
    @Nullable SourceMap fileOrNull,
    List<SourceRange> ranges) {
  public Warning {
    Objects.requireNonNull(vertexDigest, "vertexDigest");
    Objects.requireNonNull(message, "message");
    details = List.copyOf(details);
    Objects.requireNonNull(url, "url");
    ranges = List.copyOf(ranges);
  }

  /** A warning of level 1 about the build as a whole. */
  public static Warning of(String message) {
    return new Warning("", 1, message, List.of(), "", null, List.of());
  }

  public Optional<SourceMap> file() {
    return Optional.ofNullable(fileOrNull);
  }
}
