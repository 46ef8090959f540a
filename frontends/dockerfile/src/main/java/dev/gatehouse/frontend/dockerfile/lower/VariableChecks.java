package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.Instruction;
import dev.gatehouse.frontend.dockerfile.lint.LintRules;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionBudget;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionException;
import dev.gatehouse.frontend.kit.NearNames;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Checks of the variables that instructions use and set. */
final class VariableChecks {
  /** Arguments that steer the frontend and are no variables of commands. */
  static final Set<String> NOT_IN_ENVIRONMENT =
      Set.of("BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE");

  private static final Pattern SECRET =
      Pattern.compile(
          "(?:_|^)(?:apikey|auth|credential|credentials|key|password|pword|passwd|secret|token)(?:_|$)",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern PUBLIC =
      Pattern.compile("(?:_|^)(?:public|file|version)(?:_|$)", Pattern.CASE_INSENSITIVE);

  private VariableChecks() {}

  /** Reports variables that are neither set nor declared. */
  static void check(
      Instruction instruction,
      StageState stage,
      Environment env,
      Set<String> unmatched,
      ExpansionBudget budget,
      Linter linter)
      throws ExpansionException {
    for (String name : unmatched) {
      if (NOT_IN_ENVIRONMENT.contains(name) || stage.arguments.declares(name, budget)) {
        continue;
      }
      String near = budget.maySuggest() ? NearNames.find(name, env.names(), true).orElse("") : "";
      linter.report(LintRules.undefinedVar(name, near), instruction.location());
    }
  }

  /** Reports a name that looks like that of a secret. */
  static void checkSecret(String instruction, String name, List<Range> location, Linter linter) {
    if (SECRET.matcher(name).find() && !PUBLIC.matcher(name).find()) {
      linter.report(LintRules.secretsUsedInArgOrEnv(instruction, name), location);
    }
  }
}
