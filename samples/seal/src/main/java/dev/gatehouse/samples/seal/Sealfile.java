package dev.gatehouse.samples.seal;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.kit.NearNames;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is to be done with the result of another frontend.
 *
 * @param frontend who builds: a name that the build server knows, or an image's reference
 * @param filename the file that the other frontend is to read
 * @param given files that the other frontend finds in its context besides those of the context
 * @param removals paths to remove from what was built
 * @param labels labels that the image gets
 * @param user whom the image runs as, if it says so
 * @param place where the builder is named
 */
record Sealfile(
    String frontend,
    String filename,
    Map<String, String> given,
    List<String> removals,
    Map<String, String> labels,
    Optional<String> user,
    SourceRange place) {
  private static final List<String> KEYWORDS = List.of("build", "give", "remove", "label", "user");

  /**
   * Reads a file: a keyword and what follows on each line.
   *
   * @throws FrontendException that marks the line which cannot be read
   */
  static Sealfile parse(SourceMap file) throws FrontendException {
    String frontend = "";
    String filename = "";
    Map<String, String> given = new LinkedHashMap<>();
    List<String> removals = new ArrayList<>();
    Map<String, String> labels = new LinkedHashMap<>();
    Optional<String> user = Optional.empty();
    SourceRange place = SourceRange.lines(1, 1);
    int number = 0;
    for (String line : new String(file.data(), StandardCharsets.UTF_8).split("\r?\n")) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] words = line.strip().split("\\s+", 3);
      switch (words[0]) {
        case "build" -> {
          expect(words.length == 3, file, number, "build takes a frontend and the file it reads");
          frontend = words[1];
          filename = words[2];
          place = SourceRange.lines(number, number);
        }
        case "give" -> {
          expect(words.length == 3, file, number, "give takes the name of a file and its text");
          given.put(words[1], words[2] + "\n");
        }
        case "remove" -> {
          expect(words.length == 2, file, number, "remove takes a path");
          expect(words[1].startsWith("/"), file, number, "remove takes an absolute path");
          removals.add(words[1]);
        }
        case "label" -> {
          expect(words.length == 3, file, number, "label takes a key and a value");
          labels.put(words[1], words[2]);
        }
        case "user" -> {
          expect(words.length == 2, file, number, "user takes a user");
          user = Optional.of(words[1]);
        }
        default ->
            throw fail(
                file,
                number,
                NearNames.suggest("unknown statement: " + words[0], words[0], KEYWORDS, false),
                "statements are " + String.join(", ", KEYWORDS));
      }
    }
    if (frontend.isEmpty()) {
      throw fail(file, 1, "nothing builds", "begin with: build dockerfile.v0 Dockerfile");
    }
    return new Sealfile(frontend, filename, given, removals, labels, user, place);
  }

  private static void expect(boolean condition, SourceMap file, int line, String message)
      throws FrontendException {
    if (!condition) {
      throw fail(file, line, message, "one statement a line, no comment behind it");
    }
  }

  private static FrontendException fail(SourceMap file, int line, String message, String hint) {
    return FrontendException.builder(
            FrontendException.Category.USER, "%s:%s: %s".formatted(file.filename(), line, message))
        .source(file, List.of(SourceRange.lines(line, line)))
        .hint(hint)
        .build();
  }
}
