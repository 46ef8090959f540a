package dev.gatehouse.testkit;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbGraph;
import dev.gatehouse.llb.SourceLocation;
import dev.gatehouse.llb.SourceRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a frontend made of its input: a result or a failure, with warnings, and assertions on all of
 * it.
 *
 * <p>Assertions throw {@link AssertionError} with the whole text of what there is, and return this.
 */
public final class Conversion {
  /**
   * Set to {@code true} as a system property to write golden files instead of comparing with them.
   * Never in CI.
   */
  public static final String UPDATE = "gatehouse.golden.update";

  private final @Nullable Result result;
  private final @Nullable FrontendException failure;
  private final List<Warning> warnings;
  private final Map<String, Definition> definitions = new LinkedHashMap<>();

  private Conversion(
      @Nullable Result result, @Nullable FrontendException failure, List<Warning> warnings)
      throws FrontendException {
    this.result = result;
    this.failure = failure;
    this.warnings = List.copyOf(warnings);
    if (result != null) {
      Optional<Reference> single = result.reference();
      if (result.references().isEmpty()) {
        definitions.put("", single.isPresent() ? single.get().definition() : Definition.SCRATCH);
      }
      for (Map.Entry<String, Optional<Reference>> e : result.references().entrySet()) {
        definitions.put(
            e.getKey(),
            e.getValue().isPresent() ? e.getValue().get().definition() : Definition.SCRATCH);
      }
    }
  }

  /** Runs a frontend against a gateway. */
  public static Conversion of(Frontend frontend, InMemoryGateway gateway)
      throws InterruptedException {
    gateway.clear();
    try {
      return new Conversion(gateway.build(frontend), null, gateway.warnings());
    } catch (FrontendException e) {
      try {
        return new Conversion(null, e, gateway.warnings());
      } catch (FrontendException impossible) {
        throw new IllegalStateException(impossible);
      }
    }
  }

  /**
   * Runs a frontend twice on each gateway, such as one for each of two platforms, and fails when
   * the two differ.
   *
   * @return the conversions, in the order of the gateways
   */
  public static List<Conversion> deterministic(Frontend frontend, List<InMemoryGateway> gateways)
      throws InterruptedException {
    List<Conversion> conversions = new ArrayList<>();
    for (InMemoryGateway gateway : gateways) {
      Conversion first = of(frontend, gateway);
      Conversion second = of(frontend, gateway);
      same("text of two runs", first.text(), second.text());
      for (String key : first.definitions.keySet()) {
        Definition a = first.definitions.get(key);
        Definition b = second.definitions.get(key);
        if (a == null || b == null || !java.util.Arrays.equals(a.toBytes(), b.toBytes())) {
          throw new AssertionError("two runs gave different bytes for \"" + key + "\"");
        }
      }
      conversions.add(first);
    }
    return conversions;
  }

  /** The result; fails when there is none. */
  public Result result() {
    succeeds();
    Result r = result;
    return r == null ? Result.empty() : r;
  }

  /** The failure, if it is one. */
  public Optional<FrontendException> failure() {
    return Optional.ofNullable(failure);
  }

  public List<Warning> warnings() {
    return warnings;
  }

  /** The definitions by key of the result; the empty key for a single reference. */
  public Map<String, Definition> definitions() {
    return definitions;
  }

  /** All operations of all definitions. */
  public List<LlbGraph.Node> operations() {
    List<LlbGraph.Node> all = new ArrayList<>();
    for (Definition d : definitions.values()) {
      if (!d.isScratch()) {
        all.addAll(LlbGraph.of(d).nodes());
      }
    }
    return all;
  }

  public Conversion succeeds() {
    if (failure != null) {
      throw new AssertionError("expected a result, but:\n" + text(), failure);
    }
    return this;
  }

  /** Asserts a failure whose message is exactly this. */
  public Conversion failsWith(String message) {
    if (failure == null) {
      throw new AssertionError("expected the failure \"" + message + "\", but:\n" + text());
    }
    same("failure", message, failure.getMessage());
    return this;
  }

  /** Asserts that the failure points at this line, counted from 1. */
  public Conversion failsAtLine(int line) {
    if (failure != null) {
      for (SourceLocation location : failure.sources()) {
        for (SourceRange range : location.ranges()) {
          if (range.startLine() <= line && line <= Math.max(range.startLine(), range.endLine())) {
            return this;
          }
        }
      }
    }
    throw new AssertionError("expected a failure at line " + line + ", but:\n" + text());
  }

  /** Asserts a warning whose message contains this. */
  public Conversion warns(String part) {
    if (warnings.stream().noneMatch(w -> w.message().contains(part))) {
      throw new AssertionError("expected a warning with \"" + part + "\", but:\n" + text());
    }
    return this;
  }

  public Conversion hasNoWarnings() {
    if (!warnings.isEmpty()) {
      throw new AssertionError("expected no warning, but:\n" + text());
    }
    return this;
  }

  /** Asserts an operation of this kind whose label (identifier, command, changes) contains this. */
  public Conversion hasOperation(LlbGraph.Kind kind, String part) {
    if (operations().stream().noneMatch(n -> n.kind() == kind && n.label().contains(part))) {
      throw new AssertionError(
          "expected an operation " + kind + " with \"" + part + "\", but:\n" + text());
    }
    return this;
  }

  /** Everything as text: failure with its places, warnings, metadata, definitions. */
  public String text() {
    StringBuilder out = new StringBuilder();
    if (failure != null) {
      out.append("failure: ").append(failure.getMessage()).append('\n');
      failure.hint().ifPresent(hint -> out.append("hint: ").append(hint).append('\n'));
      for (SourceLocation location : failure.sources()) {
        out.append("at: ").append(location.source().filename());
        location.ranges().forEach(r -> out.append(' ').append(range(r)));
        out.append('\n');
      }
    }
    for (Warning w : warnings) {
      out.append("warning: ").append(w.message());
      w.file().ifPresent(f -> out.append(" at ").append(f.filename()));
      w.ranges().forEach(r -> out.append(' ').append(range(r)));
      out.append('\n');
    }
    if (result != null) {
      result
          .metadata()
          .forEach((key, value) ->
              out.append("metadata ")
                  .append(key)
                  .append(": ")
                  .append(new String(value, java.nio.charset.StandardCharsets.UTF_8))
                  .append('\n'));
    }
    definitions.forEach((key, definition) ->
        out.append("--- ")
            .append(key.isEmpty() ? "definition" : key)
            .append('\n')
            .append(LlbText.of(definition)));
    return out.toString();
  }

  private static String range(SourceRange r) {
    return r.startLine() == r.endLine()
        ? "line " + r.startLine()
        : "lines " + r.startLine() + "-" + r.endLine();
  }

  /** Compares {@link #text()} with a file, or writes it with {@value #UPDATE}. */
  public Conversion matchesGolden(Path file) {
    try {
      if (Boolean.getBoolean(UPDATE)) {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, text());
        return this;
      }
      if (!Files.exists(file)) {
        throw new AssertionError(
            "no golden file "
                + file
                + "; write it with -D"
                + UPDATE
                + "=true. There is:\n"
                + text());
      }
      same(file.toString(), Files.readString(file), text());
      return this;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void same(String what, String expected, String actual) {
    if (expected.equals(actual)) {
      return;
    }
    String[] e = expected.split("\n", -1);
    String[] a = actual.split("\n", -1);
    int line = 0;
    while (line < e.length && line < a.length && e[line].equals(a[line])) {
      line++;
    }
    throw new AssertionError(
        what
            + " differs at line "
            + (line + 1)
            + "\n  expected: "
            + (line < e.length ? e[line] : "<end>")
            + "\n  actual:   "
            + (line < a.length ? a[line] : "<end>")
            + "\nwhole actual text:\n"
            + actual);
  }
}
