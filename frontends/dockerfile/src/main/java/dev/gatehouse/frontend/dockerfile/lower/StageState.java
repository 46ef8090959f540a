package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.Instruction;
import dev.gatehouse.frontend.dockerfile.instruction.Stage;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionBudget;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionException;
import dev.gatehouse.frontend.kit.NamedContext;
import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A stage while it is lowered; also an image that an instruction names without a stage for it. */
final class StageState {
  /**
   * What the copy of a variable, label or step of history counts for in the file's budget: about as
   * much memory as so many characters.
   */
  static final int INHERITED = 12;

  /** An instruction with the stages and images that it takes files from. */
  static final class Step {
    final Instruction instruction;

    /** For COPY the source, for RUN one for each mount. */
    final List<StageState> sources;

    final boolean onBuild;

    Step(Instruction instruction, List<StageState> sources, boolean onBuild) {
      this.instruction = instruction;
      this.sources = sources;
      this.onBuild = onBuild;
    }
  }

  /** Where an instruction that counts once was seen last; null if nowhere. */
  static final class Seen {
    @Nullable List<Range> location;
  }

  Stage stage;

  /** Shown in the names of steps. */
  String name;

  /** The name of the image or stage it stands on, which lookup makes exact. */
  String baseName;

  final List<Range> location;
  final boolean unregistered;

  @Nullable StageState base;
  @Nullable NamedContext namedContext;
  @Nullable Platform platform;
  State state = State.scratch();
  ImageDraft image = new ImageDraft(ImageConfig.empty(new Platform("", "")));
  @Nullable ImageConfig baseImage;

  List<Step> steps = new ArrayList<>();
  final Map<StageState, Instruction> dependencies = new LinkedHashMap<>();
  final DeclaredArguments arguments = new DeclaredArguments();

  /** Whether its files are known, so that others can take some. */
  boolean dispatched;

  boolean resolved;
  boolean triggersTaken;
  boolean ignoreCache;

  /** Paths used of the main context, and of this stage or what it stands on. */
  final Set<String> contextPaths = new TreeSet<>();

  Set<String> paths = new TreeSet<>();

  int stepIndex;
  int stepTotal;
  boolean stepIsOnBuild;
  boolean workdirSet;

  /** Whether a scan for a bill of materials is to look at its files, and at the context's. */
  boolean scanned;

  boolean contextScanned;
  final @Nullable Instant epoch;
  Captures captures;
  final Seen cmd = new Seen();
  final Seen entrypoint = new Seen();
  final Seen healthcheck = new Seen();

  private StageState(
      Stage stage, boolean unregistered, @Nullable Instant epoch, Captures captures) {
    this.stage = stage;
    this.name = stage.name();
    this.baseName = stage.baseName();
    this.location = stage.location();
    this.unregistered = unregistered;
    this.epoch = epoch;
    this.captures = captures;
  }

  static StageState of(Stage stage, @Nullable Instant epoch, Captures captures) {
    return new StageState(stage, false, epoch, captures);
  }

  /** An image, stage or context that an instruction names and no stage is called. */
  static StageState unregistered(String baseName, List<Range> location) {
    return new StageState(
        new Stage("", "", baseName, "", "", "", location, List.of(), List.of()),
        true,
        null,
        new Captures(Map.of()));
  }

  /**
   * Takes over what it inherits from the stage it stands on, if it stands on one.
   *
   * @throws DockerfileException if the stages of the file repeat too much of each other
   */
  void inherit(ExpansionBudget budget) throws DockerfileException {
    if (base == null) {
      return;
    }
    ImageConfig inherited = base.image.toImage();
    ContainerConfig config = inherited.config();
    try {
      budget.take(
          (long) INHERITED
              * (inherited.history().size()
                  + config.env().size()
                  + config.labels().size()
                  + config.exposedPorts().size()
                  + config.volumes().size()));
    } catch (ExpansionException e) {
      throw e.withLocation(location);
    }
    state = base.state;
    platform = base.platform;
    image = new ImageDraft(inherited);
    image.onBuild.clear();
    baseImage = base.baseImage;
    // Paths used here are used of the base.
    paths = base.paths;
    workdirSet = base.workdirSet;
    arguments.inherit(base.arguments);
  }

  /** The platform, once it is known. */
  Platform knownPlatform() {
    if (platform == null) {
      throw new IllegalStateException("stage " + name + " has no platform yet");
    }
    return platform;
  }

  /** Paths relative to the root, in order; none if all are needed. */
  static List<String> transferred(Set<String> paths) {
    List<String> relative = new ArrayList<>(paths.size());
    for (String path : paths) {
      if (path.equals("/")) {
        return List.of();
      }
      relative.add(SlashPath.clean("." + path));
    }
    relative.sort(null);
    return relative;
  }
}
