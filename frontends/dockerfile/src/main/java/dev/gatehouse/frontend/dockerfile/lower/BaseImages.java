package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.dockerfile.SideBySide;
import dev.gatehouse.frontend.dockerfile.instruction.OnbuildInstruction;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.dockerfile.parse.Mistakes;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.frontend.kit.NamedContext;
import dev.gatehouse.frontend.kit.NearNames;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.ImageReference;
import dev.gatehouse.llb.oci.Platform;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Finds what stages stand on: nothing, a context of the build or an image, which is looked up if
 * the target needs it.
 *
 * <p>Images are looked up side by side. If several fail, the error is that of the first in the
 * file.
 */
final class BaseImages {
  private static final List<String> COMMON =
      List.of("alpine", "busybox", "centos", "debian", "golang", "ubuntu", "fedora");

  private final ConversionContext context;
  private final StagePlan plan;

  BaseImages(ConversionContext context, StagePlan plan) {
    this.context = context;
    this.plan = plan;
  }

  /**
   * Resolves what the target needs, which ONBUILD triggers of its images may add to.
   *
   * @return the stages that the target needs
   */
  Set<StageState> resolve(StageState target)
      throws DockerfileException, FrontendException, InterruptedException {
    while (true) {
      Set<StageState> reachable = StagePlan.reachable(target);
      resolve(reachable);
      boolean connected = false;
      for (StageState state : reachable) {
        if (state.unregistered) {
          // Nothing runs on top of an image that is only copied from, so its triggers mean nothing.
          continue;
        }
        state.inherit(context.budget());
        List<String> triggers = new ArrayList<>(state.image.onBuild);
        if (state.base != null && !state.triggersTaken) {
          for (StageState.Step step : state.base.steps) {
            if (step.instruction instanceof OnbuildInstruction onBuild) {
              triggers.add(onBuild.expression());
            }
          }
          state.triggersTaken = true;
        }
        if (!triggers.isEmpty()) {
          try {
            connected |= plan.addTriggers(state, triggers);
          } catch (DockerfileException e) {
            throw e.withOnlyLocation(state.location);
          }
          state.image.onBuild.clear();
        }
      }
      if (!connected) {
        return reachable;
      }
    }
  }

  private void resolve(Set<StageState> reachable)
      throws DockerfileException, FrontendException, InterruptedException {
    List<StageState> lookups = new ArrayList<>();
    for (StageState state : List.copyOf(plan.states())) {
      boolean needed = reachable.contains(state) || context.request().allStages();
      if (state.base != null || state.dispatched || state.resolved) {
        continue;
      }
      state.resolved = needed;
      if (state.baseName.equals(StagePlan.SCRATCH) && state.namedContext == null) {
        Platform target = context.platforms().target();
        state.state = State.scratch();
        state.image = new ImageDraft(ImageDraft.scratch(target));
        state.platform = target;
        state.dispatched |= state.unregistered;
      } else {
        lookups.add(state);
      }
    }
    List<Base> found = findAll(lookups);
    // What follows changes stages and reports findings, in the order of the file.
    Map<Integer, DockerfileException> failures = new TreeMap<>();
    for (int i = 0; i < lookups.size(); i++) {
      Base base = found.get(i);
      StageState state = lookups.get(i);
      state.dispatched |= state.unregistered;
      if (base.failure != null) {
        int start = state.location.isEmpty() ? 0 : state.location.get(0).start().line();
        failures.putIfAbsent(start, base.failure);
      }
    }
    Mistakes mistakes = new Mistakes();
    failures.values().forEach(mistakes::add);
    mistakes.throwFirst();
    for (int i = 0; i < lookups.size(); i++) {
      take(lookups.get(i), found.get(i));
    }
  }

  /** What one stage was found to stand on. */
  private static final class Base {
    private String original = "";
    private String name = "";
    private Platform platform;
    private Optional<ImageConfig> image = Optional.empty();
    private Optional<NamedContext.Loaded> ownContext = Optional.empty();
    private Optional<NamedContext.Loaded> baseContext = Optional.empty();
    private @Nullable DockerfileException failure;

    Base(Platform platform) {
      this.platform = platform;
    }
  }

  /** Looks up different images side by side. */
  private List<Base> findAll(List<StageState> lookups) throws InterruptedException {
    Map<String, StageState> distinct = new LinkedHashMap<>();
    for (StageState state : lookups) {
      if (state.resolved) {
        distinct.putIfAbsent(state.baseName + " " + state.platform, state);
      }
    }
    Map<StageState, Integer> places = new IdentityHashMap<>();
    List<Callable<Base>> tasks = new ArrayList<>();
    for (StageState state : distinct.values()) {
      places.put(state, tasks.size());
      tasks.add(() -> find(state));
    }
    try (SideBySide<Base> answers = new SideBySide<>(tasks)) {
      List<Base> found = new ArrayList<>();
      for (StageState state : lookups) {
        Integer place = places.get(state);
        found.add(place == null ? find(state) : answers.get(place));
      }
      return found;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the lookup of an image broke", e.getCause());
    }
  }

  private Base find(StageState state) throws InterruptedException {
    Platform target = context.platforms().target();
    Base base = new Base(state.platform == null ? target : state.platform);
    base.original = state.baseName;
    try {
      find(state, base);
    } catch (FrontendException e) {
      base.failure = new DockerfileException(e.getMessage(), e).withLocation(state.location);
    } catch (DockerfileException e) {
      base.failure = e.withLocation(state.location);
    }
    return base;
  }

  private void find(StageState state, Base base)
      throws DockerfileException, FrontendException, InterruptedException {
    ImageReference reference;
    try {
      reference = ImageReference.parse(state.baseName);
    } catch (IllegalArgumentException e) {
      throw new DockerfileException(
              "failed to parse stage name " + GoText.quote(state.baseName) + ": " + e.getMessage())
          .withHint("an image is written registry/repository:tag, all but the tag in lower case");
    }
    base.name = reference.withDefaultTag().toString();
    if (!state.resolved) {
      return;
    }
    if (state.namedContext != null) {
      base.ownContext = Optional.of(state.namedContext.load());
      return;
    }
    Optional<NamedContext> named = plan.namedContext(base.name, state, base.platform);
    if (named.isPresent()) {
      base.baseContext = Optional.of(named.get().load());
      return;
    }
    String scope =
        context.request().options().multiPlatform() ? base.platform.formatAll() + " " : "";
    ResolvedImage resolved;
    try {
      resolved =
          context
              .request()
              .images()
              .resolve(
                  base.name,
                  new ImageResolveOptions(
                      base.platform,
                      context.request().options().resolveMode().id(),
                      "[" + scope + "internal] load metadata for " + base.name,
                      null,
                      List.of()));
    } catch (FrontendException e) {
      throw new DockerfileException(
          NearNames.suggest(
              base.original + ": " + e.getMessage(), base.original, suggestions(), true),
          e);
    }
    if (!reference.toString().equals(resolved.reference())) {
      try {
        reference = ImageReference.parse(resolved.reference());
      } catch (IllegalArgumentException e) {
        throw new DockerfileException(
            "failed to parse ref " + GoText.quote(resolved.reference()) + ": " + e.getMessage(), e);
      }
    }
    ImageConfig config;
    try {
      config = ImageConfig.parse(resolved.config());
    } catch (JsonException e) {
      throw new DockerfileException("failed to parse image config: " + e.getMessage(), e);
    }
    base.image = Optional.of(config);
    if (state.platform == null && context.platforms().implicit()) {
      base.platform = context.platforms().detected(config.platform(), base.platform);
    }
    if (!resolved.digest().isEmpty()) {
      reference =
          reference.withDigest(
              Digest.parse(resolved.digest())
                  .orElseThrow(() ->
                      new DockerfileException(
                          "the digest "
                              + GoText.quote(resolved.digest())
                              + " of "
                              + base.name
                              + " is none")));
    }
    base.name = reference.toString();
  }

  private List<String> suggestions() {
    List<String> names = new ArrayList<>(plan.names());
    for (String image : COMMON) {
      names.add(image);
      names.add("docker.io/library" + image);
      names.add(image + ":latest");
      names.add("docker.io/library" + image + ":latest");
    }
    return names;
  }

  private void take(StageState state, Base base) {
    state.baseName = base.name;
    if (base.ownContext.isPresent()) {
      NamedContext.Loaded loaded = base.ownContext.get();
      state.dispatched = true;
      state.state = loaded.state();
      if (loaded.image() != null) {
        state.image = new ImageDraft(loaded.image().withCreated(null));
        Platform platform = loaded.image().platform();
        if (!platform.architecture().isEmpty() && !platform.os().isEmpty()) {
          state.platform = platform;
        }
      } else {
        // What comes from elsewhere without a config says nothing of its layers either.
        state.image =
            new ImageDraft(
                ImageConfig.empty(new Platform("", ""))
                    .withRootFs(new ImageConfig.RootFs("", null)));
      }
      return;
    }
    if (base.baseContext.isPresent()) {
      NamedContext.Loaded loaded = base.baseContext.get();
      ImageConfig image =
          loaded.image() == null ? ImageDraft.scratch(base.platform) : loaded.image();
      state.baseImage = image;
      state.image = new ImageDraft(image.withCreated(null));
      state.state = loaded.state().platform(base.platform);
      state.platform = base.platform;
      return;
    }
    boolean scratch = false;
    if (base.image.isPresent()) {
      ImageConfig image = base.image.get();
      state.baseImage = image;
      state.image = new ImageDraft(image.withCreated(null));
      List<Digest> layers = image.rootFs().diffIds();
      // Images of the oldest form say nothing of their layers but in their history.
      scratch =
          (layers == null || layers.isEmpty())
              && image.history().stream().allMatch(ImageConfig.History::emptyLayer);
    }
    if (scratch) {
      state.state = State.scratch();
    } else {
      state.state =
          ImageSource.of(base.name)
              .resolveMode(context.request().options().resolveMode())
              .constraints(
                  Steps.located(
                          context.request().file(),
                          state.location,
                          Constraints.builder()
                              .platform(base.platform)
                              .description(Steps.COMMAND, state.stage.code())
                              .name(
                                  Steps.name(
                                      state,
                                      "FROM " + base.name,
                                      context.request().options().multiPlatform(),
                                      base.platform,
                                      Environment.EMPTY)))
                      .build())
              .state();
      if (base.image.isPresent()) {
        StageChecks.checkImagePlatform(
            base.original,
            base.platform,
            base.image.get().platform(),
            state.location,
            context.linter());
      }
    }
    state.platform = base.platform;
  }
}
