package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.ArgDefinition;
import dev.gatehouse.frontend.dockerfile.instruction.ArgInstruction;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.frontend.dockerfile.shell.Expansion;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * ARG: declares arguments of a stage, with the value of the build, of the global argument or its
 * own default.
 */
final class ArgLowering {
  private final ConversionContext context;
  private final Linter linter;

  ArgLowering(ConversionContext context, Linter linter) {
    this.context = context;
    this.linter = linter;
  }

  void lower(StageState stage, ArgInstruction instruction) throws DockerfileException {
    List<String> texts = new ArrayList<>();
    for (ArgDefinition definition : instruction.definitions()) {
      String name = definition.key();
      VariableChecks.checkSecret("ARG", name, instruction.location(), linter);
      String value = context.buildArguments().get(name);
      boolean inherited = false;
      if (value == null && definition.value() == null) {
        value = context.arguments().scope().get(name);
        inherited = value != null;
      } else if (value == null) {
        value = expand(stage, instruction, definition);
      }
      if (value != null && !VariableChecks.NOT_IN_ENVIRONMENT.contains(name)) {
        stage.state = stage.state.env(name, value);
      }
      ArgDefinition known = new ArgDefinition(name, value, definition.description());
      if (!inherited) {
        stage.captures.define(
            name,
            new Captures.Info(known, value == null ? "" : value, Set.of(), instruction.location()));
      }
      stage.captures.use(name);
      stage.arguments.add(known);
      texts.add(value == null ? name : name + "=" + value);
    }
    stage.image.commit("ARG " + String.join(" ", texts), false, stage.epoch);
  }

  private String expand(StageState stage, ArgInstruction instruction, ArgDefinition definition)
      throws DockerfileException {
    Environment env = new StateEnvironment(stage.state);
    try {
      Expansion expansion = context.expander().expand(definition.valueOrEmpty(), env);
      VariableChecks.check(
          instruction, stage, env, expansion.unmatched(), context.budget(), linter);
      return expansion.result();
    } catch (ExpansionException e) {
      VariableChecks.check(
          instruction, stage, env, e.partial().unmatched(), context.budget(), linter);
      throw e;
    }
  }
}
