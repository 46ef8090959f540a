package dev.gatehouse.frontend.dockerfile.outline;

import dev.gatehouse.frontend.dockerfile.instruction.Dockerfile;
import dev.gatehouse.frontend.dockerfile.instruction.InstructionParser;
import dev.gatehouse.frontend.dockerfile.instruction.Stage;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileParser;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to {@link Subrequest#TARGETS}: the stages of a file.
 *
 * @param source the Dockerfile
 */
public record TargetList(List<Stage> stages, byte[] source) {
  public TargetList {
    stages = List.copyOf(stages);
  }

  /** The stages of a file, with names, bases and platforms as written. */
  public static TargetList of(byte[] source) throws DockerfileException {
    Dockerfile file =
        new InstructionParser(Linter.NONE).parse(DockerfileParser.standard().parse(source));
    return new TargetList(file.stages(), source);
  }

  /** Metadata of a result. */
  public Map<String, byte[]> result() {
    List<Object> targets = new ArrayList<>(stages.size());
    TextTable table = new TextTable(1);
    table.row("TARGET", "DESCRIPTION");
    for (int i = 0; i < stages.size(); i++) {
      Stage stage = stages.get(i);
      boolean last = i == stages.size() - 1;
      Map<String, Object> json = new LinkedHashMap<>();
      LintReport.putUnlessEmpty(json, "name", stage.name());
      if (last) {
        json.put("default", true);
      }
      LintReport.putUnlessEmpty(json, "description", stage.description());
      LintReport.putUnlessEmpty(json, "base", stage.baseName());
      LintReport.putUnlessEmpty(json, "platform", stage.platform());
      json.put("location", Locations.json(stage.location()));
      targets.add(json);
      String name = stage.name();
      if (last) {
        name = name.isEmpty() ? "(default)" : name + " (default)";
      }
      table.row(name, stage.description());
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("targets", targets.isEmpty() ? null : targets);
    json.put("sources", List.of(SourceJson.base64(source)));
    return Subrequest.TARGETS.result(json, table.bytes());
  }
}
