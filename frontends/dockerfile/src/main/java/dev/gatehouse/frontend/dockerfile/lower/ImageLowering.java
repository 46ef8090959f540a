package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.CmdInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.CommandLine;
import dev.gatehouse.frontend.dockerfile.instruction.EntrypointInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.EnvInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.HealthcheckInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.Instruction;
import dev.gatehouse.frontend.dockerfile.instruction.KeyValue;
import dev.gatehouse.frontend.dockerfile.instruction.LabelInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.MaintainerInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.OnbuildInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.ShellInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.StopSignalInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.UserInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.VolumeInstruction;
import dev.gatehouse.frontend.dockerfile.lint.LintRules;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.llb.oci.ImageConfig;
import java.util.List;
import java.util.stream.Collectors;

/** Instructions that change the image config and no file. */
final class ImageLowering {
  private final Linter linter;

  ImageLowering(Linter linter) {
    this.linter = linter;
  }

  void lower(StageState stage, Instruction instruction) throws DockerfileException {
    if (instruction instanceof EnvInstruction env) {
      env(stage, env);
    } else if (instruction instanceof LabelInstruction label) {
      label(stage, label);
    } else if (instruction instanceof CmdInstruction cmd) {
      cmd(stage, cmd);
    } else if (instruction instanceof EntrypointInstruction entrypoint) {
      entrypoint(stage, entrypoint);
    } else if (instruction instanceof HealthcheckInstruction healthcheck) {
      healthcheck(stage, healthcheck);
    } else if (instruction instanceof UserInstruction user) {
      stage.state = stage.state.user(user.user());
      stage.image.user = user.user();
      stage.image.commit("USER " + user.user(), false, stage.epoch);
    } else if (instruction instanceof VolumeInstruction volume) {
      volume(stage, volume);
    } else if (instruction instanceof StopSignalInstruction signal) {
      Signals.check(signal.signal());
      stage.image.config.stopSignal(signal.signal());
      stage.image.commit("STOPSIGNAL " + signal.signal(), false, stage.epoch);
    } else if (instruction instanceof ShellInstruction shell) {
      stage.image.shell = shell.shell();
      stage.image.commit("SHELL " + list(shell.shell()), false, stage.epoch);
    } else if (instruction instanceof MaintainerInstruction maintainer) {
      stage.image.author = maintainer.maintainer();
      stage.image.commit("MAINTAINER " + maintainer.maintainer(), false, stage.epoch);
    } else if (instruction instanceof OnbuildInstruction onBuild) {
      stage.image.onBuild.add(onBuild.expression());
    } else {
      throw new IllegalStateException("no lowering for " + instruction.name());
    }
  }

  /** A list as Go's {@code %v} prints it. */
  static String list(List<String> items) {
    return "[" + String.join(" ", items) + "]";
  }

  private static String quotedList(List<String> items) {
    return items.stream().map(GoText::quote).collect(Collectors.joining(" ", "[", "]"));
  }

  private void env(StageState stage, EnvInstruction instruction) {
    StringBuilder text = new StringBuilder("ENV");
    for (KeyValue pair : instruction.pairs()) {
      checkForm(instruction, pair);
      VariableChecks.checkSecret("ENV", pair.key(), instruction.location(), linter);
      text.append(' ').append(pair);
      stage.state = stage.state.env(pair.key(), pair.value());
      stage.image.setEnv(pair.key(), pair.value());
    }
    stage.image.commit(text.toString(), false, stage.epoch);
  }

  private void label(StageState stage, LabelInstruction instruction) {
    StringBuilder text = new StringBuilder("LABEL");
    for (KeyValue pair : instruction.pairs()) {
      checkForm(instruction, pair);
      stage.image.config.label(pair.key(), pair.value());
      text.append(' ').append(pair);
    }
    stage.image.commit(text.toString(), false, stage.epoch);
  }

  private void checkForm(Instruction instruction, KeyValue pair) {
    if (pair.legacy()) {
      linter.report(LintRules.legacyKeyValueFormat(instruction.name()), instruction.location());
    }
  }

  private void cmd(StageState stage, CmdInstruction instruction) {
    List<String> args = command(stage, instruction, instruction.command(), stage.cmd);
    stage.image.cmd = args;
    stage.image.config.argsEscaped(true);
    stage.image.commit("CMD " + quotedList(args), false, stage.epoch);
  }

  private void entrypoint(StageState stage, EntrypointInstruction instruction) {
    List<String> args = command(stage, instruction, instruction.command(), stage.entrypoint);
    stage.image.config.entrypoint(args);
    if (stage.cmd.location == null) {
      stage.image.cmd = List.of();
    }
    stage.image.commit("ENTRYPOINT " + quotedList(args), false, stage.epoch);
  }

  private List<String> command(
      StageState stage, Instruction instruction, CommandLine command, StageState.Seen seen) {
    checkOnce(instruction, seen);
    if (!command.shell()) {
      return command.arguments();
    }
    if (stage.image.shell.isEmpty()) {
      linter.report(LintRules.jsonArgsRecommended(instruction.name()), instruction.location());
    }
    return Shells.wrap(stage.image, command.arguments());
  }

  private void checkOnce(Instruction instruction, StageState.Seen seen) {
    if (seen.location != null) {
      // The earlier one is reported: it is the one that counts for nothing.
      linter.report(LintRules.multipleInstructionsDisallowed(instruction.name()), seen.location);
    }
    seen.location = instruction.location();
  }

  private void healthcheck(StageState stage, HealthcheckInstruction check) {
    checkOnce(check, stage.healthcheck);
    stage.image.config.healthCheck(
        new ImageConfig.HealthCheck(
            check.test(),
            check.interval(),
            check.timeout(),
            check.startPeriod(),
            check.startInterval(),
            check.retries()));
    stage.image.commit(
        "HEALTHCHECK {Test:"
            + list(check.test())
            + " Interval:"
            + GoDuration.format(check.interval())
            + " Timeout:"
            + GoDuration.format(check.timeout())
            + " StartPeriod:"
            + GoDuration.format(check.startPeriod())
            + " StartInterval:"
            + GoDuration.format(check.startInterval())
            + " Retries:"
            + check.retries()
            + "}",
        false,
        stage.epoch);
  }

  private static void volume(StageState stage, VolumeInstruction instruction)
      throws DockerfileException {
    for (String volume : instruction.volumes()) {
      if (volume.isEmpty()) {
        throw new DockerfileException("VOLUME specified can not be an empty string")
            .withHint("a variable in it may not be set");
      }
      stage.image.config.volume(volume);
    }
    stage.image.commit("VOLUME " + list(instruction.volumes()), false, stage.epoch);
  }
}
