package dev.gatehouse.frontend.dockerfile.outline;

import dev.gatehouse.frontend.dockerfile.lint.LintFinding;
import dev.gatehouse.frontend.dockerfile.lint.LintSink;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import dev.gatehouse.llb.SourceMap;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to {@link Subrequest#LINT}: collects findings while a file is converted, and the error
 * that this may end in.
 *
 * <p>Not safe for use by several threads.
 */
public final class LintReport implements LintSink {
  private record Warning(LintFinding finding, List<Range> location) {}

  private final SourceMap source;
  private final List<Warning> warnings = new ArrayList<>();
  private @Nullable DockerfileException error;

  /** A report on one file. */
  public LintReport(SourceMap source) {
    this.source = source;
  }

  @Override
  public void warn(LintFinding finding, List<Range> location) {
    warnings.add(new Warning(finding, List.copyOf(location)));
  }

  /** The error that ended the conversion. */
  public void fail(DockerfileException error) {
    this.error = error;
  }

  /**
   * Metadata of a result: {@code result.json}, {@code result.txt}, {@code result.statuscode},
   * {@code version}.
   */
  public Map<String, byte[]> result() {
    Map<String, byte[]> metadata = Subrequest.LINT.result(json(), text());
    boolean clean = warnings.isEmpty() && error == null;
    metadata.put("result.statuscode", (clean ? "0" : "1").getBytes(StandardCharsets.US_ASCII));
    return metadata;
  }

  private Object json() {
    List<Object> list = new ArrayList<>(warnings.size());
    for (Warning warning : warnings) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("ruleName", warning.finding.rule().name());
      putUnlessEmpty(json, "description", warning.finding.rule().description());
      putUnlessEmpty(json, "url", warning.finding.rule().url());
      putUnlessEmpty(json, "detail", warning.finding.message());
      json.put("location", Locations.json(warning.location));
      list.add(json);
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("warnings", list.isEmpty() ? null : list);
    json.put("sources", List.of(SourceJson.of(source)));
    if (error != null) {
      Map<String, Object> failure = new LinkedHashMap<>();
      failure.put("message", error.getMessage());
      failure.put("location", Locations.json(Locations.merged(error.locations())));
      json.put("buildError", failure);
    }
    return json;
  }

  static void putUnlessEmpty(Map<String, Object> json, String name, String value) {
    if (!value.isEmpty()) {
      json.put(name, value);
    }
  }

  private byte[] text() {
    List<Warning> sorted = new ArrayList<>(warnings);
    sorted.sort(
        Comparator.comparing((Warning warning) -> !warning.location.isEmpty())
            .thenComparing((a, b) ->
                a.location.isEmpty()
                    ? a.finding.rule().name().compareTo(b.finding.rule().name())
                    : Integer.compare(Locations.line(a.location), Locations.line(b.location))));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Warning warning : sorted) {
      StringBuilder head = new StringBuilder("\nWARNING: ").append(warning.finding.rule().name());
      if (!warning.finding.rule().url().isEmpty()) {
        head.append(" - ").append(warning.finding.rule().url());
      }
      head.append('\n').append(warning.finding.message()).append('\n');
      out.writeBytes(head.toString().getBytes(StandardCharsets.UTF_8));
      out.writeBytes(MarkedSource.print(source.filename(), source.data(), warning.location));
    }
    return out.toByteArray();
  }
}
