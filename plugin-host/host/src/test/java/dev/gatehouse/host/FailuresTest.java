package dev.gatehouse.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailuresTest {
  @Test
  void theLastPlaceThatAStepNamesIsToldFirst() {
    SourceMap one = new SourceMap("one", "Dockerfile", "x".getBytes(StandardCharsets.UTF_8), null);
    SourceMap two = new SourceMap("two", "Dockerfile", "y".getBytes(StandardCharsets.UTF_8), null);
    Definition definition =
        ImageSource.of("alpine")
            .constraints(
                Constraints.builder()
                    .location(one, List.of(SourceRange.lines(7, 7)))
                    .location(two, List.of(SourceRange.lines(8, 8)))
                    .build())
            .state()
            .marshal(MarshalOptions.defaults());
    SolveException failure = new SolveException("exec.exit", ErrorCategory.USER, "failed");
    failure.at(Digest.parse(definition.digests().get(0).value()));

    FrontendException told = Failures.of(failure, definition);

    assertThat(told.sources())
        .extracting(place -> place.ranges().get(0))
        .containsExactly(SourceRange.lines(8, 8), SourceRange.lines(7, 7));
  }
}
