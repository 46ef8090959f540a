package dev.gatehouse.llb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.llb.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Definitions that BuildKit's own frontend made, read and written again. */
class CorpusRoundTripTest {
  static final Path GOLDEN = Path.of("../../../shared/corpus/golden");

  @BeforeAll
  static void needsCorpus() {
    assumeTrue(Files.isDirectory(GOLDEN), "skipped: no recorded definitions at " + GOLDEN);
  }

  static List<Path> recorded() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      return files.filter(f -> f.toString().endsWith(".llb")).sorted().toList();
    }
  }

  @Test
  void everyRecordedDefinitionIsWrittenAsItWasRead() throws IOException {
    int count = 0;
    for (Path file : recorded()) {
      byte[] bytes = Files.readAllBytes(file);
      Definition read = Definition.parse(bytes);
      assertThat(read.toBytes()).as(file.toString()).isEqualTo(bytes);
      Definition again = State.of(read).marshal(MarshalOptions.defaults());
      // The order among inputs is that of the program which made the graph, and is not in it.
      assertThat(again.digests())
          .as(file.toString())
          .containsExactlyInAnyOrderElementsOf(read.digests());
      assertThat(again.head()).isEqualTo(read.head());
      count++;
    }
    assertThat(count).isGreaterThan(500);
  }

  @Test
  @SuppressWarnings("unchecked")
  void jsonOfOperationsHasTheRecordedShape() throws IOException {
    int compared = 0;
    try (Stream<Path> cases = Files.list(GOLDEN)) {
      for (Path file :
          cases.filter(f -> f.getFileName().toString().matches("\\d+(\\.opts)?\\.json")).toList()) {
        Map<String, Object> recorded = (Map<String, Object>) Json.parse(Files.readAllBytes(file));
        Map<String, Object> definitions =
            (Map<String, Object>) recorded.getOrDefault("definitions", Map.of());
        for (Object definition : definitions.values()) {
          Map<String, Object> fields = (Map<String, Object>) definition;
          if (!fields.containsKey("llb")) {
            continue;
          }
          LlbGraph graph =
              LlbGraph.of(
                  Definition.parse(Files.readAllBytes(GOLDEN.resolve((String) fields.get("llb")))));
          List<Object> expected = new ArrayList<>();
          List<Object> actual = new ArrayList<>();
          for (Object op : (List<Object>) fields.get("ops")) {
            expected.add(((Map<String, Object>) op).get("op"));
          }
          graph.nodes().forEach(node -> actual.add(Json.parse(Json.write(node.json()))));
          assertThat(actual).as(file.toString()).isEqualTo(expected);
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(200);
  }
}
