package dev.gatehouse.frontend.dockerfile;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.frontend.dockerfile.lint.LintFinding;
import dev.gatehouse.frontend.dockerfile.lint.LintSink;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import dev.gatehouse.frontend.kit.SourceFile;
import java.util.ArrayList;
import java.util.List;

/** Collects what the checks find in one conversion, and shows it to the person who builds. */
final class Warnings implements LintSink {
  private final GatewayClient gateway;
  private final SourceFile file;
  private final List<Warning> waiting = new ArrayList<>();

  Warnings(GatewayClient gateway, SourceFile file) {
    this.gateway = gateway;
    this.file = file;
  }

  @Override
  public void warn(LintFinding finding, List<Range> location) {
    String line = location.isEmpty() ? "" : " (line " + location.get(0).start().line() + ")";
    waiting.add(
        new Warning(
            file.vertex().value(),
            1,
            finding.rule().name() + ": " + finding.message() + line,
            List.of(finding.rule().description()),
            finding.rule().url(),
            file.map(),
            Range.toSource(location)));
  }

  /** Sends what has been collected. */
  void send() throws FrontendException, InterruptedException {
    List<Warning> all = List.copyOf(waiting);
    waiting.clear();
    for (Warning warning : all) {
      gateway.warn(warning);
    }
  }
}
