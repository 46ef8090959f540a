package dev.gatehouse.samples.blueprint;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.kit.NearNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;

/** What the files of a blueprint say together: stages, and the outputs that are made of them. */
final class Blueprint {

  /** A text of a file, and where it stands. */
  record Word(String text, Place place) {}

  /** A step of a stage. */
  sealed interface Step {
    Place place();
  }

  /** A command. */
  record Run(String command, Place place) implements Step {}

  /** Files of another stage or, without one, of the context. */
  record Copy(String path, String to, Optional<Word> stage, Place place) implements Step {}

  /** An image in the making: what it stands on, and what is done to that. */
  record Stage(
      String name,
      Word from,
      List<Step> steps,
      Map<String, String> env,
      Optional<String> directory,
      Optional<String> user,
      List<String> entrypoint,
      Place place) {}

  /** What can be asked for by name. */
  record Output(String name, Word stage, String description, List<String> platforms, Place place) {}

  private final Map<String, Stage> stages = new LinkedHashMap<>();
  private final Map<String, Output> outputs = new LinkedHashMap<>();

  /**
   * Adds what a document holds, which has been checked against the schema.
   *
   * @throws FrontendException if it names what another one has named
   */
  void add(Document document) throws FrontendException {
    JsonPointer root = JsonPointer.empty();
    for (Map.Entry<String, JsonNode> entry : document.content().path("stages").properties()) {
      JsonPointer at = root.appendProperty("stages").appendProperty(entry.getKey());
      Stage stage = stage(document, entry.getKey(), entry.getValue(), at);
      Stage other = stages.putIfAbsent(stage.name(), stage);
      if (other != null) {
        throw twice("stage " + stage.name(), stage.place(), other.place());
      }
    }
    for (Map.Entry<String, JsonNode> entry : document.content().path("outputs").properties()) {
      JsonPointer at = root.appendProperty("outputs").appendProperty(entry.getKey());
      Output output =
          new Output(
              entry.getKey(),
              word(document, entry.getValue(), at, "stage"),
              entry.getValue().path("description").asString(""),
              strings(entry.getValue().path("platforms")),
              document.key(at));
      Output other = outputs.putIfAbsent(output.name(), output);
      if (other != null) {
        throw twice("output " + output.name(), output.place(), other.place());
      }
    }
  }

  private static FrontendException twice(String what, Place here, Place there) {
    return here.fail(
        what + " is there already", "it is at " + there.at("").replaceFirst(": $", ""));
  }

  private static Stage stage(Document document, String name, JsonNode node, JsonPointer at) {
    List<Step> steps = new ArrayList<>();
    for (JsonNode step : node.path("steps").values()) {
      JsonPointer where = at.appendProperty("steps").appendIndex(steps.size());
      if (step.has("run")) {
        steps.add(
            new Run(step.path("run").asString(), document.value(where.appendProperty("run"))));
      } else {
        Optional<Word> from =
            step.has("from") ? Optional.of(word(document, step, where, "from")) : Optional.empty();
        steps.add(
            new Copy(
                step.path("copy").asString(),
                step.path("to").asString(),
                from,
                document.value(where.appendProperty("copy"))));
      }
    }
    Map<String, String> env = new LinkedHashMap<>();
    node.path("env").properties().forEach(e -> env.put(e.getKey(), e.getValue().asString()));
    return new Stage(
        name,
        word(document, node, at, "from"),
        steps,
        env,
        node.path("directory").stringValueOpt(),
        node.path("user").stringValueOpt(),
        strings(node.path("entrypoint")),
        document.key(at));
  }

  private static Word word(Document document, JsonNode node, JsonPointer at, String name) {
    return new Word(node.path(name).asString(), document.value(at.appendProperty(name)));
  }

  private static List<String> strings(JsonNode list) {
    return list.values().stream().map(JsonNode::asString).toList();
  }

  Map<String, Stage> stages() {
    return stages;
  }

  Map<String, Output> outputs() {
    return outputs;
  }

  /**
   * The stage of a name.
   *
   * @throws FrontendException if there is none, with a near one
   */
  Stage stage(Word name) throws FrontendException {
    Stage stage = stages.get(name.text());
    if (stage == null) {
      throw name.place()
          .fail(
              NearNames.suggest(
                  "there is no stage " + name.text(), name.text(), stages.keySet(), true),
              "stages are " + String.join(", ", stages.keySet()));
    }
    return stage;
  }

  /**
   * The output that a build asks for.
   *
   * @param target its name; empty for the first
   */
  Output output(String target) throws FrontendException {
    if (outputs.isEmpty()) {
      throw FrontendException.user("the blueprint has no outputs");
    }
    if (target.isEmpty()) {
      return outputs.values().iterator().next();
    }
    Output output = outputs.get(target);
    if (output == null) {
      throw FrontendException.builder(
              FrontendException.Category.USER,
              NearNames.suggest("there is no output " + target, target, outputs.keySet(), true))
          .hint("outputs are " + String.join(", ", outputs.keySet()))
          .build();
    }
    return output;
  }

  /** The paths of the context that stages copy. */
  List<String> contextPaths() {
    List<String> paths = new ArrayList<>();
    for (Stage stage : stages.values()) {
      for (Step step : stage.steps()) {
        if (step instanceof Copy copy && copy.stage().isEmpty()) {
          paths.add(copy.path());
        }
      }
    }
    return paths;
  }
}
