package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.WorkdirInstruction;
import dev.gatehouse.frontend.dockerfile.lint.LintRules;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.Owner;
import dev.gatehouse.llb.oci.Platform;

/** WORKDIR: sets the working directory, and makes it. */
final class WorkdirLowering {
  private final ConversionContext context;
  private final Linter linter;

  WorkdirLowering(ConversionContext context, Linter linter) {
    this.context = context;
    this.linter = linter;
  }

  /** Takes the working directory of an image. */
  void inherit(StageState stage, String path) throws DockerfileException {
    set(stage, path);
  }

  private String set(StageState stage, String path) throws DockerfileException {
    String os = stage.knownPlatform().os();
    String directory;
    try {
      directory = OsPath.workingDirectory(stage.image.workingDirectory, path, os);
    } catch (DockerfileException e) {
      throw e.wrapped("normalizing workdir");
    }
    stage.image.workingDirectory = directory;
    String slashed = OsPath.toSlash(directory, os);
    stage.state = stage.state.directory(slashed);
    return slashed;
  }

  void lower(StageState stage, WorkdirInstruction instruction) throws DockerfileException {
    Platform platform = stage.knownPlatform();
    if (!stage.workdirSet && !OsPath.isAbsolute(instruction.path(), platform.os())) {
      linter.report(LintRules.workdirRelativePath(instruction.path()), instruction.location());
    }
    stage.workdirSet = true;
    String directory = set(stage, instruction.path());
    context.budget().take(directory.length());
    boolean made = !directory.equals("/");
    if (made) {
      Environment env = new StateEnvironment(stage.state);
      String user = stage.image.user;
      stage.state =
          stage.state.file(
              FileAction.mkdir(
                  directory,
                  0755,
                  true,
                  new FileOptions(user.isEmpty() ? null : Owner.parse(user), stage.epoch)),
              Steps.located(
                      context.request().file(),
                      instruction.location(),
                      Constraints.builder()
                          .name(
                              Steps.name(
                                  stage,
                                  Steps.text(instruction.code(), context.expander(), env),
                                  context.request().options().multiPlatform(),
                                  platform,
                                  env))
                          .platform(platform))
                  .build());
    }
    stage.image.commit("WORKDIR " + directory, made, stage.epoch);
  }
}
