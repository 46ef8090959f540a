package dev.gatehouse.samples.blueprint;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import dev.gatehouse.llb.oci.Platform;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A place in a file, which errors and steps point at. */
record Place(SourceMap file, SourceRange range) {

  /** A failure that begins with {@code file:line:column} and marks the place. */
  FrontendException fail(String message, String hint) {
    return FrontendException.builder(FrontendException.Category.USER, at(message))
        .source(file, List.of(range))
        .hint(hint)
        .build();
  }

  /** The message with file, line and column before it. */
  String at(String message) {
    return "%s:%s:%s: %s"
        .formatted(file.filename(), range.startLine(), range.startCharacter() + 1, message);
  }

  /** What a step is called and where it comes from. */
  Constraints step(String name, @Nullable Platform platform) {
    return Constraints.builder()
        .platform(platform)
        .name(name)
        .location(file, List.of(range))
        .build();
  }
}
