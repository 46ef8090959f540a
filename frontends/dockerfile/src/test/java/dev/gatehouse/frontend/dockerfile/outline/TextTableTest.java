package dev.gatehouse.frontend.dockerfile.outline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void padsColumnsToTheirWidestCell() {
    TextTable table = new TextTable(3);
    table.row("BUILD ARG", "VALUE", "DESCRIPTION");
    table.row("A", "1", "");
    table.row("LONGER_NAME", "한국어", "text");
    assertThat(table.toString())
        .isEqualTo(
            """
            BUILD ARG     VALUE   DESCRIPTION
            A             1      \s
            LONGER_NAME   한국어     text
            """);
  }

  @Test
  void aLineFeedInACellEndsTheColumnsOfItsNeighbours() {
    TextTable table = new TextTable(1);
    table.row("aaaa", "b", "c");
    table.row("x\ny", "long", "c");
    assertThat(table.toString()).isEqualTo("aaaa b c\nx\ny long c\n");
  }

  @Test
  void describesSubrequestsAsTheReferenceDoes() {
    assertThat(new String(Subrequest.describe().get("result.txt"), StandardCharsets.UTF_8))
        .isEqualTo(
            """
            NAME                 VERSION DESCRIPTION
            outline              1.0.0   List all parameters current build target supports
            targets              1.0.0   List all targets current build supports
            subrequests.describe 1.0.0   List available subrequest types
            """);
  }
}
