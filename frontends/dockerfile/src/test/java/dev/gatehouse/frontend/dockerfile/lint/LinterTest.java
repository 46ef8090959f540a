package dev.gatehouse.frontend.dockerfile.lint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.dockerfile.instruction.InstructionParser;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileParser;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinterTest {
  private final List<String> reports = new ArrayList<>();

  @Test
  void readsWhatAFileSays() throws Exception {
    assertThat(LintConfig.parse("skip=A, B ;error=true;experimental=all"))
        .isEqualTo(new LintConfig(false, Set.of("A", "B"), true, Set.of(), true));
    assertThat(LintConfig.parse("skip=all").reports(LintRules.MAINTAINER_DEPRECATED)).isFalse();
    assertThat(LintConfig.parse(" ")).isEqualTo(LintConfig.DEFAULT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "skip|invalid check option \"skip\"",
        "skp=A|invalid check option \"skp\"",
        "error=maybe|failed to parse check option \"error=maybe\": strconv.ParseBool: parsing"
            + " \"maybe\": invalid syntax",
      })
  void refusesWhatItCannotRead(String text, String message) {
    assertThatThrownBy(() -> LintConfig.parse(text)).hasMessage(message);
  }

  @Test
  void hasAllRules() {
    assertThat(LintRules.ALL).hasSize(22).extracting(LintRule::name).doesNotHaveDuplicates();
    assertThat(LintRules.ALL)
        .filteredOn(LintRule::experimental)
        .extracting(LintRule::name)
        .containsExactly("InvalidDefinitionDescription");
  }

  @Test
  void reportsWhileInstructionsAreRead() throws Exception {
    lint(LintConfig.DEFAULT, "FROM a as Build\nMAINTAINER me\nfrom b AS c\n");
    assertThat(reports)
        .containsExactly(
            "StageNameCasing 1: Stage name 'Build' should be lowercase",
            "FromAsCasing 1: 'as' and 'FROM' keywords' casing do not match",
            "MaintainerDeprecated 2: Maintainer instruction is deprecated in favor of using label",
            "FromAsCasing 3: 'AS' and 'from' keywords' casing do not match");
  }

  @Test
  void obeysACheckBeforeAnInstruction() throws Exception {
    lint(
        LintConfig.DEFAULT,
        "FROM a\n"
            + "# check=skip=MaintainerDeprecated why\n"
            + "MAINTAINER me\n"
            + "# check=nonsense\n"
            + "MAINTAINER me\n");
    assertThat(reports).hasSize(1).first().asString().startsWith("MaintainerDeprecated 5");
  }

  @Test
  void reportsExperimentalRulesWhenAsked() throws Exception {
    String text = "# about something\nARG A\nFROM a\n# B is it\nARG A B\n# no\nARG A B\n";
    lint(LintConfig.DEFAULT, text);
    assertThat(reports).isEmpty();
    lint(LintConfig.parse("skip=all;experimental=InvalidDefinitionDescription"), text);
    assertThat(reports)
        .containsExactly(
            "InvalidDefinitionDescription 2: Comment for ARG should follow the format: `# A"
                + " <description>`",
            "InvalidDefinitionDescription 7: Comment for ARG should follow the format: `# <arg_key>"
                + " <description>`");
  }

  @Test
  void endsInAnErrorIfToldSo() throws Exception {
    Linter linter = lint(LintConfig.parse("error=true"), "FROM a as B\nMAINTAINER me\n");
    assertThat(linter.violation())
        .hasValueSatisfying(e ->
            assertThat(e)
                .hasMessage(
                    "lint violation found for rules: FromAsCasing, MaintainerDeprecated,"
                        + " StageNameCasing"));
    assertThat(lint(LintConfig.DEFAULT, "FROM a as B\n").violation()).isEmpty();
  }

  private Linter lint(LintConfig config, String text) throws Exception {
    reports.clear();
    Linter linter =
        new Linter(
            config,
            (LintFinding finding, List<Range> location) ->
                reports.add(
                    finding.rule().name()
                        + " "
                        + location.get(0).start().line()
                        + ": "
                        + finding.message()));
    new InstructionParser(linter)
        .parse(DockerfileParser.standard().parse(text.getBytes(StandardCharsets.UTF_8)));
    return linter;
  }
}
