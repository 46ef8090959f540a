package dev.gatehouse.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.pb.Definition;
import dev.gatehouse.protocol.pb.Op;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Messages that BuildKit wrote, read and written again. */
class RecordedBytesTest {
  private static final Path GOLDEN = Path.of("../../../shared/corpus/golden");

  @Test
  void recordedDefinitionsLoseNothing() throws Exception {
    assumeTrue(Files.isDirectory(GOLDEN), "skipped: no recorded definitions at " + GOLDEN);
    int operations = 0;
    List<Path> files;
    try (Stream<Path> all = Files.list(GOLDEN)) {
      files = all.filter(f -> f.toString().endsWith(".llb")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThan(500);
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      Definition definition = Definition.parseFrom(bytes);
      assertThat(definition.toByteArray()).as(file.toString()).isEqualTo(bytes);
      for (ByteString recorded : definition.getDefList()) {
        Op op = Op.parseFrom(recorded);
        assertThat(op.getUnknownFields().asMap()).as(file.toString()).isEmpty();
        // Go writes the member of a oneof last, Java in order of numbers: the same message, the
        // same length.
        assertThat(op.toByteArray()).hasSize(recorded.size());
        assertThat(Op.parseFrom(op.toByteArray())).isEqualTo(op);
        operations++;
      }
    }
    assertThat(operations).isGreaterThan(4_000);
  }

  @Test
  void capabilitiesAreAllOfBuildKits() {
    assertThat(Capabilities.LLB).hasSize(88).contains("soruce.http.uidgid", "file.symlink.create");
    assertThat(Capabilities.GATEWAY).hasSize(27);
  }
}
