package dev.gatehouse.frontend.dockerfile.outline;

import dev.gatehouse.frontend.dockerfile.parse.Position;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Locations in the JSON of {@code pb.Location}: members with the value 0 are left out. */
final class Locations {
  private Locations() {}

  static Map<String, Object> json(List<Range> ranges) {
    Map<String, Object> location = new LinkedHashMap<>();
    if (!ranges.isEmpty()) {
      List<Object> list = new ArrayList<>(ranges.size());
      for (Range range : ranges) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("start", json(range.start()));
        json.put("end", json(range.end()));
        list.add(json);
      }
      location.put("ranges", list);
    }
    return location;
  }

  private static Map<String, Object> json(Position position) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (position.line() != 0) {
      json.put("line", position.line());
    }
    if (position.character() != 0) {
      json.put("character", position.character());
    }
    return json;
  }

  /** The first line, 0 if there is none. */
  static int line(List<Range> ranges) {
    return ranges.isEmpty() ? 0 : ranges.get(0).start().line();
  }

  /** Ranges of several places as one list: by line, those that meet joined. */
  static List<Range> merged(List<List<Range>> places) {
    List<Range> all = new ArrayList<>();
    places.forEach(all::addAll);
    if (all.size() < 2) {
      return all;
    }
    all.sort((a, b) -> Integer.compare(a.start().line(), b.start().line()));
    List<Range> merged = new ArrayList<>();
    Range current = all.get(0);
    for (Range range : all.subList(1, all.size())) {
      if (range.start().line() <= current.end().line()) {
        int line = Math.max(current.end().line(), range.end().line());
        current = new Range(current.start(), new Position(line, current.end().character()));
      } else {
        merged.add(current);
        current = range;
      }
    }
    merged.add(current);
    return merged;
  }
}
