package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.Dockerfile;
import dev.gatehouse.frontend.dockerfile.instruction.Instruction;
import dev.gatehouse.frontend.dockerfile.instruction.Stage;
import dev.gatehouse.frontend.dockerfile.lint.LintRules;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import dev.gatehouse.frontend.dockerfile.shell.Expansion;
import dev.gatehouse.frontend.dockerfile.shell.WordExpander;
import dev.gatehouse.frontend.kit.NearNames;
import dev.gatehouse.llb.oci.ImageReference;
import dev.gatehouse.llb.oci.Platform;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Checks of stages as a whole and of what they stand on. */
final class StageChecks {
  private static final Set<String> RESERVED = Set.of("context", "scratch");

  private StageChecks() {}

  static void checkNames(List<Stage> stages, Linter linter) {
    Set<String> names = new HashSet<>();
    for (Stage stage : stages) {
      if (!stage.name().isEmpty()) {
        if (RESERVED.contains(stage.name())) {
          linter.report(LintRules.reservedStageName(stage.name()), stage.location());
        }
        if (!names.add(stage.name())) {
          linter.report(LintRules.duplicateStageName(stage.name()), stage.location());
        }
      }
    }
  }

  static void checkCasing(List<Stage> stages, Linter linter) {
    int lower = 0;
    int upper = 0;
    for (Stage stage : stages) {
      lower += isLower(stage.keyword()) ? 1 : 0;
      upper += isUpper(stage.keyword()) ? 1 : 0;
      for (Instruction instruction : stage.instructions()) {
        lower += isLower(instruction.name()) ? 1 : 0;
        upper += isUpper(instruction.name()) ? 1 : 0;
      }
    }
    boolean mostlyLower = lower > upper;
    for (Stage stage : stages) {
      checkCasing(stage.keyword(), mostlyLower, stage.location(), linter);
      for (Instruction instruction : stage.instructions()) {
        checkCasing(instruction.name(), mostlyLower, instruction.location(), linter);
      }
    }
  }

  private static boolean isLower(String keyword) {
    return keyword.equals(keyword.toLowerCase(Locale.ROOT));
  }

  private static boolean isUpper(String keyword) {
    return !isLower(keyword) && keyword.equals(keyword.toUpperCase(Locale.ROOT));
  }

  private static void checkCasing(
      String keyword, boolean mostlyLower, List<Range> location, Linter linter) {
    if (mostlyLower && !isLower(keyword)) {
      linter.report(LintRules.consistentInstructionCasing(keyword, "lowercase"), location);
    } else if (!mostlyLower && !keyword.equals(keyword.toUpperCase(Locale.ROOT))) {
      linter.report(LintRules.consistentInstructionCasing(keyword, "uppercase"), location);
    }
  }

  /** Checks that the images are named rightly if no build arguments are given. */
  static void checkBaseNames(
      Dockerfile dockerfile, GlobalArguments predefined, WordExpander expander, Linter linter) {
    GlobalArguments defaults = predefined.copy();
    try {
      defaults.define(dockerfile.globalArguments(), expander, Map.of());
      for (Stage stage : dockerfile.stages()) {
        String name = expander.expand(stage.baseName(), defaults.scope()).result();
        if (ImageReference.tryParse(name).isEmpty()) {
          linter.report(LintRules.invalidDefaultArgInFrom(stage.baseName()), stage.location());
        }
      }
    } catch (DockerfileException e) {
      // The same error comes up again when the arguments of the build are taken, and is reported
      // there.
      return;
    }
  }

  static void checkUndeclared(
      Expansion expansion, GlobalArguments arguments, List<Range> location, Linter linter) {
    for (String name : expansion.unmatched()) {
      if (!arguments.isKnown(name)) {
        linter.report(
            LintRules.undefinedArgInFrom(
                name, NearNames.find(name, arguments.known(), true).orElse("")),
            location);
      }
    }
  }

  static void checkPlatform(
      Stage stage, Expansion expansion, GlobalArguments arguments, Linter linter) {
    if (expansion.matched().size() == 1
        && expansion.unmatched().isEmpty()
        && expansion.matched().contains("TARGETPLATFORM")
        && expansion.result().equals(arguments.scope().get("TARGETPLATFORM"))) {
      linter.report(LintRules.redundantTargetPlatform(stage.platform()), stage.location());
    }
    if (!expansion.matched().isEmpty() || !expansion.unmatched().isEmpty()) {
      return;
    }
    Platform platform;
    try {
      platform = Platform.parse(expansion.result());
    } catch (IllegalArgumentException e) {
      // It is reported as an error when the platform is taken.
      return;
    }
    if (!stage.name().contains(platform.os()) && !stage.name().contains(platform.architecture())) {
      linter.report(
          LintRules.fromPlatformFlagConstDisallowed(expansion.result()), stage.location());
    }
  }

  static void checkImagePlatform(
      String name, Platform expected, Platform actual, List<Range> location, Linter linter) {
    if (!expected.os().equals(actual.os())
        || !expected.architecture().equals(actual.architecture())) {
      linter.report(
          LintRules.invalidBaseImagePlatform(
              name, expected.normalized().formatAll(), actual.normalized().formatAll()),
          location);
    }
  }
}
