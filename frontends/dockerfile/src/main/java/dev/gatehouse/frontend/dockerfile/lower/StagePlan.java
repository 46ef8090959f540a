package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.dockerfile.instruction.AddInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.CopyInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.Instruction;
import dev.gatehouse.frontend.dockerfile.instruction.InstructionParser;
import dev.gatehouse.frontend.dockerfile.instruction.Mount;
import dev.gatehouse.frontend.dockerfile.instruction.RunInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.Stage;
import dev.gatehouse.frontend.dockerfile.instruction.WorkdirInstruction;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileParser;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.dockerfile.parse.InstructionNode;
import dev.gatehouse.frontend.dockerfile.parse.ParsedDockerfile;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.frontend.dockerfile.shell.Expansion;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionException;
import dev.gatehouse.frontend.kit.NamedContext;
import dev.gatehouse.frontend.kit.NearNames;
import dev.gatehouse.llb.oci.Platform;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The stages of a file and what each takes from others.
 *
 * <p>Images that instructions name without a stage for them are stages too, which are not in the
 * file.
 */
final class StagePlan {
  static final String SCRATCH = "scratch";

  private final ConversionContext context;
  private final List<StageState> states = new ArrayList<>();
  private final Map<String, StageState> byName = new HashMap<>();

  StagePlan(ConversionContext context) {
    this.context = context;
  }

  List<StageState> states() {
    return states;
  }

  /** Names of the stages, for suggestions. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    for (StageState state : states) {
      if (!state.name.isEmpty()) {
        names.add(state.name);
      }
    }
    return names;
  }

  private void add(StageState state) {
    states.add(state);
    StageState base = byName.get(state.baseName);
    if (base != null) {
      state.base = base;
      state.captures = base.captures.inherited();
    }
    if (!state.stage.name().isEmpty()) {
      byName.put(state.stage.name().toLowerCase(Locale.ROOT), state);
    }
  }

  private @Nullable StageState find(String name) {
    return byName.get(name.toLowerCase(Locale.ROOT));
  }

  /** Adds the stages of the file, with the names of their images and platforms expanded. */
  void addStages(List<Stage> stages) throws DockerfileException, FrontendException {
    int index = 0;
    for (Stage stage : stages) {
      addStage(stage, index++);
    }
  }

  private void addStage(Stage stage, int index) throws DockerfileException, FrontendException {
    Linter linter = context.linter().forComments(stage.comments());
    GlobalArguments arguments = context.arguments();
    Expansion name;
    try {
      name = context.expander().expand(stage.baseName(), arguments.scope());
    } catch (ExpansionException e) {
      StageChecks.checkUndeclared(e.partial(), arguments, stage.location(), linter);
      throw e.withLocation(stage.location());
    }
    StageChecks.checkUndeclared(name, arguments, stage.location(), linter);
    if (name.result().isEmpty()) {
      throw DockerfileException.at(
          stage.location(), "base name (" + stage.baseName() + ") should not be blank");
    }
    Set<String> used = new LinkedHashSet<>(name.matched());
    StageState state =
        StageState.of(
            stage.withBaseName(name.result()), context.epoch(), new Captures(arguments.declared()));
    if (!stage.platform().isEmpty()) {
      Expansion platform = expandPlatform(stage, linter);
      state.platform = parsePlatform(stage, platform);
      used.addAll(platform.matched());
    }
    if (!stage.name().isEmpty()) {
      Optional<NamedContext> named = namedContext(stage.name(), state, state.platform);
      if (named.isPresent()) {
        state.namedContext = named.get();
        add(state);
        state.base = null;
        return;
      }
    }
    if (stage.name().isEmpty()) {
      state.name = "stage-" + index;
    }
    add(state);
    try {
      state.captures.useInFrom(used, context.budget());
    } catch (ExpansionException e) {
      throw e.withLocation(stage.location());
    }
    int total = !state.baseName.equals(SCRATCH) && state.base == null ? 1 : 0;
    for (Instruction instruction : stage.instructions()) {
      if (instruction instanceof AddInstruction
          || instruction instanceof CopyInstruction
          || instruction instanceof RunInstruction
          || instruction instanceof WorkdirInstruction) {
        total++;
      }
    }
    state.stepTotal = total;
    state.ignoreCache = context.request().options().isNoCache(stage.name());
  }

  private Expansion expandPlatform(Stage stage, Linter linter) throws DockerfileException {
    GlobalArguments arguments = context.arguments();
    Expansion platform;
    try {
      platform = context.expander().expand(stage.platform(), arguments.scope());
    } catch (ExpansionException e) {
      StageChecks.checkUndeclared(e.partial(), arguments, stage.location(), linter);
      throw e.wrapped("failed to process arguments for platform ").withLocation(stage.location());
    }
    StageChecks.checkUndeclared(platform, arguments, stage.location(), linter);
    StageChecks.checkPlatform(stage, platform, arguments, linter);
    if (platform.result().isEmpty()) {
      throw DockerfileException.at(
          stage.location(),
          suggest(
              "empty platform value from expression " + stage.platform(), platform.unmatched()));
    }
    return platform;
  }

  private Platform parsePlatform(Stage stage, Expansion platform) throws DockerfileException {
    try {
      return Platform.parse(platform.result());
    } catch (IllegalArgumentException e) {
      throw DockerfileException.at(
              stage.location(),
              "failed to parse platform "
                  + stage.platform()
                  + ": "
                  + suggest(String.valueOf(e.getMessage()), platform.unmatched()))
          .withLocation(stage.location())
          .withHint("a platform is written os/architecture, such as linux/arm64");
    }
  }

  private String suggest(String message, Collection<String> names) {
    List<String> known = context.arguments().scope().names();
    for (String name : names) {
      String suggested = NearNames.suggest(message, name, known, true);
      if (!suggested.equals(message)) {
        return suggested;
      }
    }
    return message;
  }

  /** The context that the build gives in place of an image or stage. */
  Optional<NamedContext> namedContext(String name, StageState state, @Nullable Platform platform)
      throws FrontendException {
    if (name.equalsIgnoreCase(SCRATCH) || name.equalsIgnoreCase("context")) {
      return Optional.empty();
    }
    return context
        .request()
        .context()
        .named(
            name,
            platform == null ? context.request().platform() : platform,
            () -> StageState.transferred(state.paths));
  }

  /** The stage to build. */
  StageState target() throws DockerfileException {
    String name = context.request().options().target();
    if (name.isEmpty()) {
      return states.get(states.size() - 1);
    }
    StageState target = find(name);
    if (target == null) {
      throw new DockerfileException(
          NearNames.suggest(
              "target stage " + GoText.quote(name) + " could not be found", name, names(), true));
    }
    return target;
  }

  /** Finds what the instructions of each stage take from others. */
  void connect() throws DockerfileException {
    // Grows while it is walked: what an instruction names may become a stage without instructions.
    for (int i = 0; i < states.size(); i++) {
      StageState state = states.get(i);
      List<StageState.Step> steps = new ArrayList<>(state.stage.instructions().size());
      for (Instruction instruction : state.stage.instructions()) {
        StageState.Step step = step(instruction, false);
        steps.add(step);
        depend(state, step);
      }
      state.steps = steps;
    }
    checkCircles();
    if (states.size() == 1) {
      states.get(0).name = "";
    }
  }

  private void depend(StageState state, StageState.Step step) {
    for (StageState source : step.sources) {
      state.dependencies.put(source, step.instruction);
      if (source.unregistered) {
        add(source);
      }
    }
  }

  private StageState.Step step(Instruction instruction, boolean onBuild)
      throws DockerfileException {
    if (instruction instanceof CopyInstruction copy && !copy.from().isEmpty()) {
      return new StageState.Step(instruction, List.of(copySource(copy)), onBuild);
    }
    if (instruction instanceof RunInstruction run) {
      List<StageState> sources = new ArrayList<>(run.mounts().size());
      for (Mount mount : run.mounts()) {
        String from = mount.from().isEmpty() ? SCRATCH : mount.from();
        StageState source = find(from);
        sources.add(source == null ? StageState.unregistered(from, List.of()) : source);
      }
      return new StageState.Step(instruction, sources, onBuild);
    }
    return new StageState.Step(instruction, List.of(), onBuild);
  }

  private StageState copySource(CopyInstruction copy) throws DockerfileException {
    String from = copy.from();
    if (!context.expander().expand(from, Environment.EMPTY).result().equals(from)) {
      throw new DockerfileException(
              "variable expansion is not supported for --from, define a new stage with FROM using"
                  + " ARG from global scope as a workaround")
          .withHint("FROM " + from + " AS some-name, and COPY --from=some-name");
    }
    int index;
    try {
      index = Integer.parseInt(from);
    } catch (NumberFormatException e) {
      StageState named = find(from);
      return named == null ? StageState.unregistered(from, copy.location()) : named;
    }
    if (index < 0 || index >= states.size()) {
      throw new DockerfileException("invalid stage index " + index)
          .withHint("stages are counted from 0; a name (FROM image AS name) is clearer");
    }
    return states.get(index);
  }

  /**
   * Puts the ONBUILD triggers of its base before a stage's own instructions; true if they take
   * files from others.
   */
  boolean addTriggers(StageState state, List<String> triggers) throws DockerfileException {
    List<StageState.Step> steps = new ArrayList<>(triggers.size() + state.steps.size());
    boolean connected = false;
    int first = Integer.MAX_VALUE;
    int last = 0;
    for (Range range : state.location) {
      first = Math.min(first, range.start().line());
      last = Math.max(last, range.end().line());
    }
    for (String trigger : triggers) {
      ParsedDockerfile parsed =
          DockerfileParser.standard().parse(trigger.getBytes(StandardCharsets.UTF_8));
      if (parsed.instructions().size() != 1) {
        throw new DockerfileException("onbuild trigger should be a single expression");
      }
      InstructionNode node =
          parsed
              .instructions()
              .get(0)
              .withLines(state.location.isEmpty() ? 0 : first, state.location.isEmpty() ? 0 : last);
      StageState.Step step = step(new InstructionParser(Linter.NONE).parseInstruction(node), true);
      connected |= !step.sources.isEmpty();
      steps.add(step);
      depend(state, step);
    }
    steps.addAll(state.steps);
    state.stepTotal += triggers.size();
    state.steps = steps;
    return connected;
  }

  /**
   * All stages that a stage needs: itself, what it stands on and what that needs, then what it
   * takes files from.
   */
  static Set<StageState> reachable(StageState from) {
    Set<StageState> found = new LinkedHashSet<>();
    Deque<StageState> waiting = new ArrayDeque<>(List.of(from));
    while (!waiting.isEmpty()) {
      StageState state = waiting.pop();
      if (found.add(state)) {
        List<StageState> needed = new ArrayList<>(state.dependencies.keySet());
        if (state.base != null) {
          needed.add(0, state.base);
        }
        Collections.reverse(needed);
        needed.forEach(waiting::push);
      }
    }
    return found;
  }

  private record Visit(
      StageState state,
      Iterator<Map.Entry<StageState, Instruction>> dependencies,
      @Nullable Instruction through) {}

  private void checkCircles() throws DockerfileException {
    Set<StageState> visited = new LinkedHashSet<>();
    for (StageState root : states) {
      if (!visited.add(root)) {
        continue;
      }
      Set<StageState> path = new LinkedHashSet<>(List.of(root));
      Deque<Visit> stack = new ArrayDeque<>();
      stack.push(new Visit(root, root.dependencies.entrySet().iterator(), null));
      while (!stack.isEmpty()) {
        Visit visit = stack.element();
        if (!visit.dependencies().hasNext()) {
          stack.pop();
          path.remove(visit.state());
          continue;
        }
        Map.Entry<StageState, Instruction> dependency = visit.dependencies().next();
        if (path.contains(dependency.getKey())) {
          throw circle(root, stack, dependency.getValue());
        }
        if (visited.add(dependency.getKey())) {
          path.add(dependency.getKey());
          stack.push(
              new Visit(
                  dependency.getKey(),
                  dependency.getKey().dependencies.entrySet().iterator(),
                  dependency.getValue()));
        }
      }
    }
  }

  private static DockerfileException circle(StageState root, Deque<Visit> stack, Instruction last) {
    DockerfileException error =
        new DockerfileException("circular dependency detected on stage: " + root.name)
            .withHint("stages that take files from each other cannot be built one after the other");
    Iterator<Visit> path = stack.descendingIterator();
    while (path.hasNext()) {
      Instruction through = path.next().through();
      if (through != null) {
        error = error.withLocation(through.location());
      }
    }
    return error.withLocation(last.location());
  }
}
