package dev.gatehouse.client;

import dev.gatehouse.llb.SourceLocation;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happened in a build since the last report. */
public record SolveStatus(
    List<Vertex> vertices,
    List<VertexStatus> statuses,
    List<VertexLog> logs,
    List<VertexWarning> warnings) {
  public SolveStatus {
    vertices = List.copyOf(vertices);
    statuses = List.copyOf(statuses);
    logs = List.copyOf(logs);
    warnings = List.copyOf(warnings);
  }

  /**
   * The state of a vertex, as far as it is known now; replaces what was said of it before.
   *
   * @param digest identifies it
   * @param inputs digests of the vertices it needs
   * @param name what people read
   * @param cached whether nothing had to be done
   * @param started absent before
   * @param completed absent before; a vertex may start again
   * @param error empty unless it failed
   * @param group what it is shown under
   */
  public record Vertex(
      String digest,
      List<String> inputs,
      String name,
      boolean cached,
      @Nullable Instant started,
      @Nullable Instant completed,
      String error,
      @Nullable Group group) {
    public Vertex {
      inputs = List.copyOf(inputs);
    }
  }

  /** Vertices that are shown as one; a weak member alone does not show it. */
  public record Group(String id, String name, boolean weak) {}

  /** How far a part of a vertex is; the total is 0 when it is not known. */
  public record VertexStatus(
      String id,
      String vertex,
      String name,
      long current,
      long total,
      Instant timestamp,
      @Nullable Instant started,
      @Nullable Instant completed) {}

  /**
   * Output of a vertex, cut anywhere.
   *
   * @param stream 1 or 2
   */
  public record VertexLog(String vertex, int stream, byte[] data, Instant timestamp) {}

  /** A warning; the source is absent when it has none. */
  public record VertexWarning(
      String vertex,
      int level,
      String message,
      List<String> details,
      String url,
      @Nullable SourceLocation source) {
    public VertexWarning {
      details = List.copyOf(details);
    }
  }
}
