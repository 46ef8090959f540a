package dev.gatehouse.samples.blueprint;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * A YAML file, and with it a JSON file: its content, and where each part of it stands.
 *
 * @param content never null, but perhaps no object
 * @param keys where names stand, by the JSON pointer of what they name
 * @param values where values begin, by JSON pointer
 */
record Document(
    SourceMap file,
    JsonNode content,
    Map<JsonPointer, SourceRange> keys,
    Map<JsonPointer, SourceRange> values) {
  private static final YAMLMapper MAPPER =
      YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /**
   * Reads a file.
   *
   * @throws FrontendException that marks what is no YAML, or more of it than a blueprint needs
   */
  static Document parse(SourceMap file) throws FrontendException {
    String text = new String(file.data(), StandardCharsets.UTF_8);
    Map<JsonPointer, SourceRange> keys = new HashMap<>();
    Map<JsonPointer, SourceRange> values = new HashMap<>();
    try (YAMLParser parser = (YAMLParser) MAPPER.createParser(text)) {
      int roots = 0;
      for (JsonToken token; (token = parser.nextToken()) != null; ) {
        if (token.isStructEnd()) {
          continue;
        }
        SourceRange range = range(parser.currentTokenLocation(), parser.currentLocation());
        if (parser.isCurrentAlias()) {
          throw new Place(file, range)
              .fail("a blueprint has no anchors and aliases", "put what is shared into a stage");
        }
        TokenStreamContext inner = parser.streamReadContext();
        TokenStreamContext context = token.isStructStart() ? inner.getParent() : inner;
        if (context.inRoot() && ++roots > 1) {
          throw new Place(file, range).fail("a file holds one blueprint", "remove the other");
        }
        (token == JsonToken.PROPERTY_NAME ? keys : values).put(context.pathAsPointer(), range);
      }
      return new Document(file, MAPPER.readTree(text), keys, values);
    } catch (JacksonException e) {
      TokenStreamLocation at = e.getLocation();
      SourceRange range = at == null ? SourceRange.lines(1, 1) : range(at, at);
      throw new Place(file, range)
          .fail(
              "this is no YAML: " + e.getOriginalMessage().lines().findFirst().orElse(""),
              "look at blanks, colons and quotes here and on the line before");
    }
  }

  /** A range of the parser, which counts lines and columns from 1, as one of ours. */
  private static SourceRange range(TokenStreamLocation from, TokenStreamLocation to) {
    int line = Math.max(from.getLineNr(), 1);
    int column = Math.max(from.getColumnNr() - 1, 0);
    boolean oneLine = to.getLineNr() == line && to.getColumnNr() - 1 > column;
    return new SourceRange(line, column, line, oneLine ? to.getColumnNr() - 1 : column + 1);
  }

  /** Where the name of a part stands; for an element of a list and for the whole, its value. */
  Place key(JsonPointer pointer) {
    SourceRange key = keys.get(pointer);
    return key == null ? value(pointer) : new Place(file, key);
  }

  /** Where a value stands. */
  Place value(JsonPointer pointer) {
    SourceRange value = values.get(pointer);
    return new Place(file, value == null ? SourceRange.lines(1, 1) : value);
  }
}
