package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.dockerfile.instruction.AddInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.ArgDefinition;
import dev.gatehouse.frontend.dockerfile.instruction.ArgInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.CopyInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.ExposeInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.Instruction;
import dev.gatehouse.frontend.dockerfile.instruction.RunInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.WorkdirInstruction;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.dockerfile.parse.Mistakes;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.frontend.dockerfile.shell.Expansion;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionException;
import dev.gatehouse.frontend.dockerfile.shell.WordExpander;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.llb.pattern.PatternMatcher;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Lowers the instructions of stages, in the order of the file, each by the class of its family.
 *
 * <p>An instruction that is wrong changes nothing and does not stop this: the error tells of all of
 * them. Build checks are reported up to the first only, as in BuildKit.
 */
final class StageLowering {
  private final ConversionContext context;
  private final StagePlan plan;

  /** Here-documents know one escape, whatever the file's. */
  private final WordExpander documents;

  private final Mistakes mistakes = new Mistakes();
  private final Set<String> contextPaths = new TreeSet<>();
  private @Nullable State boundContext;

  /** The main context, of which it is known last what is needed. */
  private final State buildContext = State.deferred(this::boundContext);

  StageLowering(ConversionContext context, StagePlan plan) {
    this.context = context;
    this.plan = plan;
    documents = context.expander().withEscape('\\').withSkipQuotes(true);
  }

  /** Paths of the main context that are needed. */
  Set<String> contextPaths() {
    return contextPaths;
  }

  /** Says what the main context is. */
  void bindContext(State state) {
    boundContext = state;
  }

  private State boundContext() {
    if (boundContext == null) {
      throw new IllegalStateException("marshalled before the main context was known");
    }
    return boundContext;
  }

  void lower(Set<StageState> reachable)
      throws DockerfileException, FrontendException, InterruptedException {
    List<String> patterns = context.request().context().ignorePatterns();
    PatternMatcher ignored = null;
    if (!patterns.isEmpty()) {
      try {
        ignored = new PatternMatcher(patterns);
      } catch (IllegalArgumentException e) {
        throw unreadablePattern(e);
      }
    }
    for (StageState stage : plan.states()) {
      if (!context.request().allStages() && (!reachable.contains(stage) || stage.dispatched)) {
        continue;
      }
      lower(stage, ignored);
    }
    mistakes.throwFirst();
  }

  /** The reference's message does not say which pattern; the hint does. */
  private static DockerfileException unreadablePattern(IllegalArgumentException cause) {
    String message = String.valueOf(cause.getMessage());
    int colon = message.indexOf(": ");
    return message.startsWith("syntax error in pattern: ")
        ? new DockerfileException(message.substring(0, colon), cause)
            .withHint("the ignore file has the pattern " + message.substring(colon + 2))
        : new DockerfileException(message, cause);
  }

  private void lower(StageState stage, @Nullable PatternMatcher ignored)
      throws DockerfileException {
    stage.inherit(context.budget());
    stage.dispatched = true;
    if (stage.platform == null) {
      stage.platform = new Platform("", "");
    }
    ImageDraft image = stage.image;
    if (!image.hasEnv("PATH") && !stage.platform.os().equals("windows")) {
      image.setEnv("PATH", OsPath.DEFAULT_PATH);
    }
    for (String variable : image.env()) {
      int equals = variable.indexOf('=');
      stage.state =
          equals < 0
              ? stage.state.env(variable, "")
              : stage.state.env(variable.substring(0, equals), variable.substring(equals + 1));
    }
    String hostname = context.request().options().hostname();
    if (!hostname.isEmpty()) {
      stage.state = stage.state.hostname(hostname);
    }
    WorkdirLowering workdir = new WorkdirLowering(context, context.linter());
    if (!image.workingDirectory.isEmpty()) {
      try {
        workdir.inherit(stage, image.workingDirectory);
      } catch (DockerfileException e) {
        throw e.withLocation(stage.location);
      }
    }
    if (!image.user.isEmpty()) {
      stage.state = stage.state.user(image.user);
    }
    stage.state = stage.state.network(context.request().options().networkMode());
    for (StageState.Step step : stage.steps) {
      try {
        lower(stage, step, ignored);
      } catch (DockerfileException e) {
        mistakes.add(e.withLocation(step.instruction.location()));
        if (mistakes.isFull()
            || context.budget().isSpent()
            || e.getCause() instanceof FrontendException) {
          mistakes.throwFirst();
        }
        context.linter().stop();
      }
    }
    contextPaths.addAll(stage.contextPaths);
    stage.scanned = isWanted("BUILDKIT_SBOM_SCAN_STAGE", stage);
    stage.contextScanned = isWanted("BUILDKIT_SBOM_SCAN_CONTEXT", stage);
  }

  /** Whether an argument is true, or names the stage in a list. */
  private boolean isWanted(String argument, StageState stage) {
    String value = context.arguments().scope().get(argument);
    for (ArgDefinition own : stage.arguments.all()) {
      if (own.key().equals(argument) && own.value() != null) {
        value = own.value();
      }
    }
    if (value == null) {
      return false;
    }
    Boolean wanted = GoText.parseBoolean(value);
    return wanted == null ? List.of(value.split(",", -1)).contains(stage.name) : wanted;
  }

  /** What a scan of the target looks at besides it. */
  Conversion.Scan scan(StageState target) {
    Map<String, State> extras = new LinkedHashMap<>();
    if (target.contextScanned) {
      extras.put("context", buildContext);
    }
    boolean ignoreCache = target.ignoreCache;
    for (StageState stage : StagePlan.reachable(target)) {
      if (stage != target && stage.scanned) {
        extras.put(stage.name, stage.state);
        ignoreCache |= stage.ignoreCache;
      }
    }
    return new Conversion.Scan(extras, ignoreCache);
  }

  private void lower(StageState stage, StageState.Step step, @Nullable PatternMatcher ignored)
      throws DockerfileException {
    Linter linter = context.linter().forComments(step.instruction.comments());
    stage.stepIsOnBuild = step.onBuild;
    Instruction instruction = step.instruction;
    if (instruction instanceof Instruction.Expandable expandable
        && !(instruction instanceof ArgInstruction)) {
      instruction = expandable.expanded(expander(stage, step, context.expander(), linter));
    }
    if (instruction instanceof Instruction.RawExpandable expandable) {
      instruction = expandable.expandedRaw(expander(stage, step, documents, linter));
    }
    if (instruction instanceof RunInstruction run) {
      new RunLowering(context, buildContext).lower(stage, run, step.sources);
    } else if (instruction instanceof CopyInstruction copy) {
      new CopyLowering(context, buildContext, ignored, linter).lower(stage, copy, step.sources);
    } else if (instruction instanceof AddInstruction add) {
      new CopyLowering(context, buildContext, ignored, linter).lower(stage, add);
    } else if (instruction instanceof WorkdirInstruction workdir) {
      new WorkdirLowering(context, linter).lower(stage, workdir);
    } else if (instruction instanceof ArgInstruction arg) {
      new ArgLowering(context, linter).lower(stage, arg);
    } else if (instruction instanceof ExposeInstruction expose) {
      new ExposeLowering(context, linter).lower(stage, expose);
    } else {
      new ImageLowering(linter).lower(stage, instruction);
    }
  }

  private Instruction.Expander expander(
      StageState stage, StageState.Step step, WordExpander expander, Linter linter) {
    Environment env = new StateEnvironment(stage.state);
    return word -> {
      Expansion expansion;
      try {
        expansion = expander.expand(word, env);
      } catch (ExpansionException e) {
        VariableChecks.check(
            step.instruction, stage, env, e.partial().unmatched(), context.budget(), linter);
        throw e;
      }
      VariableChecks.check(
          step.instruction, stage, env, expansion.unmatched(), context.budget(), linter);
      return expansion.result();
    };
  }
}
