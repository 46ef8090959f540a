package dev.gatehouse.samples.blueprint;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.kit.NearNames;
import dev.gatehouse.llb.SourceRange;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;

/** Checks documents against the schema of blueprints. One instance serves many builds at once. */
final class DocumentSchema {
  private static final String RESOURCE = "blueprint.schema.json";
  private static final int MOST_SHOWN = 10;

  private final Schema schema;

  DocumentSchema() {
    try (InputStream in =
        Objects.requireNonNull(DocumentSchema.class.getResourceAsStream(RESOURCE), RESOURCE)) {
      schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The keywords that say most, first: what else is broken at a place mostly follows from them. */
  private static final List<String> TELLING =
      List.of("additionalProperties", "propertyNames", "type", "dependentRequired", "oneOf");

  /** A violation: where, what, and what the schema says that should be there. */
  private record Violation(Place place, String message, String hint) {}

  /**
   * Checks a document.
   *
   * @throws FrontendException that tells the violations in the order of the file, one a place, and
   *     marks them
   */
  void check(Document document) throws FrontendException {
    List<Error> errors = new ArrayList<>(schema.validate(document.content()));
    errors.sort(Comparator.comparingInt(DocumentSchema::rank));
    Map<SourceRange, Violation> byPlace =
        new TreeMap<>(
            Comparator.comparingInt(SourceRange::startLine)
                .thenComparingInt(SourceRange::startCharacter));
    for (Error error : errors) {
      Violation violation = violation(document, error);
      byPlace.putIfAbsent(violation.place().range(), violation);
    }
    if (byPlace.isEmpty()) {
      return;
    }
    List<Violation> violations = List.copyOf(byPlace.values());
    List<String> lines = new ArrayList<>();
    for (Violation v : violations.subList(0, Math.min(MOST_SHOWN, violations.size()))) {
      lines.add(v.place().at(v.message()));
    }
    if (violations.size() > MOST_SHOWN) {
      lines.add("and " + (violations.size() - MOST_SHOWN) + " more");
    }
    throw FrontendException.builder(FrontendException.Category.USER, String.join("\n", lines))
        .source(document.file(), violations.stream().map(v -> v.place().range()).toList())
        .hint(violations.get(0).hint())
        .build();
  }

  private static int rank(Error error) {
    int rank = TELLING.indexOf(error.getKeyword());
    return rank < 0 ? TELLING.size() : rank;
  }

  private Violation violation(Document document, Error error) {
    JsonPointer part = JsonPointer.compile(error.getInstanceLocation().toString());
    JsonNode rule = rule(error);
    String hint = rule.path("description").asString("");
    String property = property(error);
    return switch (error.getKeyword()) {
      case "additionalProperties" ->
          new Violation(
              document.key(part.appendProperty(property)),
              NearNames.suggest(
                  "unknown name " + property,
                  property,
                  rule.path("properties").propertyNames(),
                  true),
              hint);
      case "required" -> new Violation(document.key(part), property + " is missing", hint);
      case "oneOf", "dependentRequired" ->
          new Violation(document.key(part), "this is not what goes here", hint);
      case "propertyNames" ->
          new Violation(
              document.key(part.appendProperty(property)), "this name is not allowed", hint);
      case "type" ->
          new Violation(
              document.value(part),
              "this is %s, not %s"
                  .formatted(
                      name(document.content().at(part)), rule.path("type").asString("allowed")),
              hint);
      default -> new Violation(document.value(part), error.getMessage(), hint);
    };
  }

  private static String property(Error error) {
    return Objects.requireNonNullElse(error.getProperty(), "");
  }

  private static String name(JsonNode node) {
    return node.getNodeType().name().toLowerCase(Locale.ROOT);
  }

  /** The part of the schema whose keyword was broken. */
  private JsonNode rule(Error error) {
    JsonPointer keyword = JsonPointer.compile(error.getSchemaLocation().getFragment().toString());
    return schema.getSchemaNode().at(keyword.head());
  }
}
