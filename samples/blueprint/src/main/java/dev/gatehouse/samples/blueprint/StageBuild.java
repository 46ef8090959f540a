package dev.gatehouse.samples.blueprint;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.kit.BaseImage;
import dev.gatehouse.frontend.kit.BuildContext;
import dev.gatehouse.frontend.kit.FrontendOptions;
import dev.gatehouse.llb.CopyOptions;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns the stages of a blueprint into LLB for one platform, each once. */
final class StageBuild {
  private static final CopyOptions COPY =
      CopyOptions.builder().createDestination(true).directoryContentsOnly(true).build();

  /**
   * A stage as LLB.
   *
   * @param base the config of the image that it stands on
   */
  record Built(State state, ImageConfig image, ImageConfig base) {}

  private final BuildContext context;
  private final FrontendOptions options;
  private final Blueprint blueprint;
  private final State files;
  private final @Nullable Platform platform;
  private final Map<String, Built> built = new HashMap<>();
  private final List<String> building = new ArrayList<>();

  /**
   * @param files of the context
   */
  StageBuild(
      BuildContext context,
      FrontendOptions options,
      Blueprint blueprint,
      State files,
      @Nullable Platform platform) {
    this.context = context;
    this.options = options;
    this.blueprint = blueprint;
    this.files = files;
    this.platform = platform;
  }

  /**
   * The LLB of a stage.
   *
   * @throws FrontendException if it needs itself, or what it needs is not there
   */
  Built build(Blueprint.Stage stage) throws FrontendException, InterruptedException {
    Built known = built.get(stage.name());
    if (known != null) {
      return known;
    }
    if (building.contains(stage.name())) {
      throw stage
          .place()
          .fail(
              String.join(" needs ", building) + " needs " + stage.name(),
              "a stage cannot need itself, not even by another");
    }
    building.add(stage.name());
    Built result = steps(stage, start(stage));
    building.remove(stage.name());
    built.put(stage.name(), result);
    return result;
  }

  private Built start(Blueprint.Stage stage) throws FrontendException, InterruptedException {
    Blueprint.Word from = stage.from();
    if (blueprint.stages().containsKey(from.text())) {
      return build(blueprint.stage(from));
    }
    BaseImage base;
    try {
      base =
          BaseImage.load(
              context,
              from.text(),
              platform,
              from.place().step("[" + stage.name() + "] from " + from.text(), platform));
    } catch (FrontendException e) {
      throw e.toBuilder().source(from.place().file(), List.of(from.place().range())).build();
    }
    return new Built(
        base.state().network(options.networkMode()),
        base.config().withCreated(null),
        base.config());
  }

  private Built steps(Blueprint.Stage stage, Built start)
      throws FrontendException, InterruptedException {
    State state = start.state();
    ContainerConfig.Builder config = start.image().config().toBuilder();
    for (Map.Entry<String, String> variable : stage.env().entrySet()) {
      state = state.env(variable.getKey(), variable.getValue());
    }
    config.env(state.env());
    if (stage.directory().isPresent()) {
      state = state.directory(stage.directory().get());
      config.workingDir(state.directory());
    }
    if (stage.user().isPresent()) {
      state = state.user(stage.user().get());
      config.user(stage.user().get());
    }
    if (!stage.entrypoint().isEmpty()) {
      config.entrypoint(stage.entrypoint()).cmd(List.of());
    }
    for (Blueprint.Step step : stage.steps()) {
      state = step(stage, state, step);
    }
    return new Built(state, start.image().withConfig(config.build()), start.base());
  }

  private State step(Blueprint.Stage stage, State state, Blueprint.Step step)
      throws FrontendException, InterruptedException {
    if (step instanceof Blueprint.Run run) {
      return state
          .run()
          .args(List.of("/bin/sh", "-c", run.command()))
          .constraints(run.place().step("[%s] %s".formatted(stage.name(), run.command()), platform))
          .build()
          .root();
    }
    Blueprint.Copy copy = (Blueprint.Copy) step;
    State source =
        copy.stage().isPresent() ? build(blueprint.stage(copy.stage().get())).state() : files;
    return state.file(
        FileAction.copy(source, copy.path(), copy.to(), COPY),
        copy.place()
            .step("[%s] copy %s to %s".formatted(stage.name(), copy.path(), copy.to()), platform));
  }
}
