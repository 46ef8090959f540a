package dev.gatehouse.samples.blueprint;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.kit.BuildContext;
import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.llb.SourceMap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;

/** Reads a blueprint with all that it includes, each file once. */
final class BlueprintReader {
  private static final int MAX_FILES = 100;

  private final BuildContext context;
  private final DocumentSchema schema;
  private final Blueprint blueprint = new Blueprint();
  private final Set<String> read = new HashSet<>();

  BlueprintReader(BuildContext context, DocumentSchema schema) {
    this.context = context;
    this.schema = schema;
  }

  /** Reads a blueprint; what it includes lies in the context. */
  Blueprint read(SourceMap file) throws FrontendException, InterruptedException {
    read(file, "", List.of());
    return blueprint;
  }

  /**
   * Reads a file and those that it includes.
   *
   * @param folder where the file lies in the context
   * @param including the files by which this one is included, outermost first
   */
  private void read(SourceMap file, String folder, List<String> including)
      throws FrontendException, InterruptedException {
    Document document = Document.parse(file);
    schema.check(document);
    // First what is of this file, so that its outputs come first.
    blueprint.add(document);
    List<String> path = new ArrayList<>(including);
    path.add(file.filename());
    JsonPointer includes = JsonPointer.empty().appendProperty("include");
    int index = 0;
    for (JsonNode include : document.content().path("include").values()) {
      include(include.asString(), document.value(includes.appendIndex(index++)), folder, path);
    }
  }

  private void include(String name, Place place, String folder, List<String> including)
      throws FrontendException, InterruptedException {
    String path = SlashPath.clean(SlashPath.join(folder, name));
    if (SlashPath.isAbsolute(name) || path.equals("..") || path.startsWith("../")) {
      throw place.fail(
          name + " is outside of the context", "include takes paths relative to the file it is in");
    }
    if (including.contains(path)) {
      throw place.fail(
          String.join(" includes ", including) + " includes " + path,
          "a file cannot include itself, not even by another");
    }
    if (!read.add(path)) {
      return;
    }
    if (read.size() > MAX_FILES) {
      throw place.fail("a blueprint includes at most " + MAX_FILES + " files", "");
    }
    byte[] data;
    try {
      data = context.read(context.mainContext(List.of(path)), path);
    } catch (FrontendException e) {
      throw place.fail(
          "cannot read " + path + ": " + e.getMessage(), "paths are those of the context");
    }
    read(new SourceMap(path, "YAML", data, null), SlashPath.directory(path), including);
  }
}
