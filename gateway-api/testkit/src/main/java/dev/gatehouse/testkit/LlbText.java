package dev.gatehouse.testkit;

import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbGraph;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Digest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * LLB as text that people read and golden files hold.
 *
 * <p>Operations are numbered in the order of the definition and refer to each other by number, so a
 * change of one shows as a change of one. A line for each field that is set: {@code exec.meta.args:
 * ["make"]}. Digests do not appear; two definitions of the same text are the same graph.
 */
public final class LlbText {
  private LlbText() {}

  /** The text of a definition. */
  public static String of(Definition definition) {
    if (definition.isScratch()) {
      return "scratch\n";
    }
    LlbGraph graph = LlbGraph.of(definition);
    Map<Digest, Integer> numbers = new HashMap<>();
    StringBuilder out = new StringBuilder();
    for (LlbGraph.Node node : graph.nodes()) {
      numbers.put(node.digest(), numbers.size() + 1);
      out.append('#')
          .append(numbers.size())
          .append(' ')
          .append(node.kind().name().toLowerCase(java.util.Locale.ROOT));
      if (node.kind() != LlbGraph.Kind.OUTPUT) {
        out.append(' ').append(node.label().lines().findFirst().orElse(""));
      }
      out.append('\n');
      for (Definition.Output input : node.inputs()) {
        out.append("    input: #").append(numbers.get(input.vertex()));
        if (input.index() != 0) {
          out.append(" output ").append(input.index());
        }
        out.append('\n');
      }
      Map<String, @Nullable Object> fields = new TreeMap<>();
      node.json()
          .forEach((name, value) -> {
            if (name.equals("Op")) {
              flatten("", value, fields);
            } else if (!name.equals("inputs")) {
              flatten(name, value, fields);
            }
          });
      node.metadata()
          .description()
          .forEach((name, value) -> fields.put("description." + name, value));
      if (node.metadata().ignoreCache()) {
        fields.put("ignore_cache", true);
      }
      fields.forEach((name, value) ->
          out.append("    ").append(name).append(": ").append(Json.write(value)).append('\n'));
    }
    return out.toString();
  }

  private static void flatten(
      String prefix, @Nullable Object value, Map<String, @Nullable Object> into) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((name, member) ->
          flatten(prefix.isEmpty() ? String.valueOf(name) : prefix + "." + name, member, into));
    } else if (value instanceof List<?> list
        && list.stream().anyMatch(item -> item instanceof Map)) {
      for (int i = 0; i < list.size(); i++) {
        flatten(prefix + "[" + i + "]", list.get(i), into);
      }
    } else {
      into.put(prefix, value);
    }
  }
}
