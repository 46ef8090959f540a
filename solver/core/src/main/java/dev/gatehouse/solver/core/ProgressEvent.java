package dev.gatehouse.solver.core;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Something that happened to a vertex of a build. */
public sealed interface ProgressEvent {
  /** The vertex in question. */
  Digest vertex();

  /** The vertex became part of the build. */
  record VertexAdded(
      Digest vertex,
      String name,
      List<Digest> inputs,
      Optional<VertexOptions.ProgressGroup> progressGroup)
      implements ProgressEvent {
    public VertexAdded {
      inputs = List.copyOf(inputs);
    }
  }

  /**
   * Work on the vertex began. A vertex may start and complete more than once: a source resolves,
   * then it is fetched.
   */
  record VertexStarted(Digest vertex, Instant at, boolean cached) implements ProgressEvent {}

  /**
   * Work on the vertex ended.
   *
   * @param cached nothing was run, the result was known
   * @param error why it failed, as one text; empty if it did not
   */
  record VertexCompleted(
      Digest vertex, Instant started, Instant at, boolean cached, Optional<String> error)
      implements ProgressEvent {}

  /**
   * How far a part of the work on a vertex has come.
   *
   * @param id what tells the parts of a vertex apart
   * @param name what people see
   * @param current units done, bytes for transfers
   * @param total units in all, 0 if unknown
   */
  record VertexStatus(
      Digest vertex,
      String id,
      String name,
      long current,
      long total,
      Instant timestamp,
      Optional<Instant> started,
      Optional<Instant> completed)
      implements ProgressEvent {}

  /**
   * Output of a process.
   *
   * @param stream 1 for standard output, 2 for standard error
   * @param data bytes as they came, lines may be cut anywhere
   */
  @SuppressWarnings("ArrayRecordComponent") // output is bytes, and nobody compares two of these
  record VertexLog(Digest vertex, Instant at, int stream, byte[] data) implements ProgressEvent {}

  /** Something that a person should know although the build goes on. */
  record VertexWarning(
      Digest vertex,
      int level,
      String message,
      List<String> detail,
      String url,
      Optional<SourceExcerpt> source)
      implements ProgressEvent {
    public VertexWarning {
      detail = List.copyOf(detail);
    }
  }

  /**
   * Where in a source file something was said; lines and characters as in the definition's source
   * map.
   */
  @SuppressWarnings("ArrayRecordComponent") // a file's content, and nobody compares two of these
  record SourceExcerpt(String filename, String language, byte[] content, List<SourceRange> ranges) {
    public SourceExcerpt {
      ranges = List.copyOf(ranges);
    }
  }

  /** A stretch of a source file. */
  record SourceRange(int startLine, int startCharacter, int endLine, int endCharacter) {}
}
