package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionBudget;
import dev.gatehouse.frontend.dockerfile.shell.WordExpander;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What all steps of one conversion share. */
record ConversionContext(
    ConversionRequest request,
    Platforms platforms,
    GlobalArguments arguments,
    Map<String, String> buildArguments,
    WordExpander expander,
    Linter linter,
    ExpansionBudget budget,
    @Nullable Instant epoch) {
  boolean supports(String capability) {
    return request.capabilities().test(capability);
  }
}
