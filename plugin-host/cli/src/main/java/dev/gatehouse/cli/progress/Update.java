package dev.gatehouse.cli.progress;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happened in a build since the last update, in the daemon's own terms. */
public record Update(
    List<Vertex> vertices, List<Part> parts, List<Log> logs, List<Warning> warnings) {
  public Update {
    vertices = List.copyOf(vertices);
    parts = List.copyOf(parts);
    logs = List.copyOf(logs);
    warnings = List.copyOf(warnings);
  }

  /** The state of a vertex; replaces what was known of it. */
  public record Vertex(
      String digest,
      List<String> inputs,
      String name,
      @Nullable Instant started,
      @Nullable Instant completed,
      boolean cached,
      String error,
      @Nullable Group group) {
    public Vertex {
      inputs = List.copyOf(inputs);
    }
  }

  /** Vertices that are shown as one step; a weak member alone does not show it. */
  public record Group(String id, String name, boolean weak) {}

  /** How far a part of a vertex has come, in bytes where there is a total. */
  public record Part(
      String id,
      String vertex,
      String name,
      long current,
      long total,
      Instant timestamp,
      @Nullable Instant started,
      @Nullable Instant completed) {}

  /** Output of a step; cut anywhere. */
  @SuppressWarnings("ArrayRecordComponent") // output is bytes, and nobody compares two of these
  public record Log(String vertex, int stream, byte[] data, Instant timestamp) {}

  /** Something that a person should know. */
  public record Warning(
      String vertex,
      int level,
      String message,
      List<String> detail,
      String url,
      @Nullable Source source) {
    public Warning {
      detail = List.copyOf(detail);
    }
  }

  /** Where in a file; lines count from one, characters from zero. */
  @SuppressWarnings("ArrayRecordComponent") // a file's content, and nobody compares two of these
  public record Source(String filename, byte[] data, List<Range> ranges) {
    public Source {
      ranges = List.copyOf(ranges);
    }
  }

  /** A stretch of a file. */
  public record Range(int startLine, int startCharacter, int endLine, int endCharacter) {}
}
