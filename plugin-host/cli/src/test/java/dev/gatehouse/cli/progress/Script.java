package dev.gatehouse.cli.progress;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A made-up build with a clock of its own; the daemon's clock is an hour ahead. */
final class Script {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final Map<String, Update.Vertex> known = new LinkedHashMap<>();
  private final List<Update.Vertex> vertices = new ArrayList<>();
  private final List<Update.Part> parts = new ArrayList<>();
  private final List<Update.Log> logs = new ArrayList<>();
  private final List<Update.Warning> warnings = new ArrayList<>();
  private long millis;

  Clock clock() {
    return new Clock() {
      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return START.plusMillis(millis);
      }
    };
  }

  private Instant daemon() {
    return clock().instant().plusSeconds(3600);
  }

  Script at(long millis) {
    this.millis = millis;
    return this;
  }

  Script add(String digest, String name) {
    return put(new Update.Vertex(digest, List.of(), name, null, null, false, "", null));
  }

  Script start(String digest) {
    Update.Vertex v = known.get(digest);
    return put(
        new Update.Vertex(digest, v.inputs(), v.name(), daemon(), null, false, "", v.group()));
  }

  Script done(String digest) {
    return end(digest, false, "");
  }

  Script cached(String digest) {
    start(digest);
    return end(digest, true, "");
  }

  Script fail(String digest, String error) {
    return end(digest, false, error);
  }

  private Script end(String digest, boolean cached, String error) {
    Update.Vertex v = known.get(digest);
    return put(
        new Update.Vertex(
            digest, v.inputs(), v.name(), v.started(), daemon(), cached, error, v.group()));
  }

  Script put(Update.Vertex vertex) {
    known.put(vertex.digest(), vertex);
    vertices.add(vertex);
    return this;
  }

  Script part(
      String vertex, String id, long current, long total, boolean done, long startedMillis) {
    Instant started = START.plusSeconds(3600).plusMillis(startedMillis);
    parts.add(
        new Update.Part(id, vertex, "", current, total, daemon(), started, done ? daemon() : null));
    return this;
  }

  Script log(String vertex, String text) {
    logs.add(new Update.Log(vertex, 1, text.getBytes(StandardCharsets.UTF_8), daemon()));
    return this;
  }

  Script warn(String vertex, String text) {
    warnings.add(
        new Update.Warning(vertex, 1, text, List.of("more"), "https://example.com/w", null));
    return this;
  }

  Update take() {
    Update update = new Update(vertices, parts, logs, warnings);
    vertices.clear();
    parts.clear();
    logs.clear();
    warnings.clear();
    return update;
  }
}
