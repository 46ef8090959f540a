package dev.gatehouse.frontend.dockerfile.outline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.frontend.dockerfile.parse.Corpus;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.llb.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The targets of real files, and the errors of those that cannot be read, as BuildKit's frontend
 * has them.
 */
class GoldenTargetsTest {
  @Test
  void listsTheTargetsOfRealFiles() throws IOException {
    List<String> differences = new ArrayList<>();
    int cases = 0;
    Path golden = Corpus.folder("golden");
    try (Stream<Path> files = Files.list(golden)) {
      for (Path path :
          files.filter(f -> f.toString().endsWith(".targets.json")).sorted().toList()) {
        cases++;
        String id = path.getFileName().toString().substring(0, 3);
        byte[] source =
            Files.readAllBytes(Corpus.folder("dockerfiles").resolve(id + ".Dockerfile"));
        Map<?, ?> expected = (Map<?, ?>) Json.parse(Files.readAllBytes(path));
        String difference = compare(source, expected);
        if (!difference.isEmpty()) {
          differences.add(id + ": " + difference);
        }
      }
    }
    System.out.println(
        "targets: " + (cases - differences.size()) + " of " + cases + " cases equal");
    assertThat(cases).isGreaterThan(200);
    assertThat(differences).isEmpty();
  }

  private static String compare(byte[] source, Map<?, ?> expected) {
    Map<?, ?> error = (Map<?, ?>) expected.get("error");
    try {
      Map<String, byte[]> result = TargetList.of(source).result();
      if (error != null) {
        // The reference crashes on a check in a comment; that is not to be imitated.
        return String.valueOf(error.get("message")).startsWith("PANIC") ? "" : "no error";
      }
      Map<?, ?> metadata = (Map<?, ?>) ((Map<?, ?>) expected.get("result")).get("metadata");
      String json =
          Json.writeIndented(((Map<?, ?>) metadata.get("result.json")).get("json"), "  ")
              .replace("$dockerfile", Base64.getEncoder().encodeToString(source));
      String text =
          String.join(
              "",
              ((List<?>) ((Map<?, ?>) metadata.get("result.txt")).get("text"))
                  .stream().map(String::valueOf).toList());
      if (!text(result, "result.json").equals(json)) {
        return "json\n" + text(result, "result.json") + "\n" + json;
      }
      return text(result, "result.txt").equals(text) ? "" : "text\n" + text(result, "result.txt");
    } catch (DockerfileException e) {
      String message = error == null ? "none" : String.valueOf(error.get("message"));
      return e.getMessage().equals(message) ? "" : e.getMessage() + " <> " + message;
    }
  }

  private static String text(Map<String, byte[]> result, String name) {
    return new String(result.get(name), StandardCharsets.UTF_8);
  }
}
