package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.lint.LintRules;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.dockerfile.parse.InstructionNode;
import dev.gatehouse.frontend.dockerfile.parse.Mistakes;
import dev.gatehouse.frontend.dockerfile.parse.ParsedDockerfile;
import dev.gatehouse.frontend.dockerfile.parse.PartlyReadException;
import dev.gatehouse.frontend.dockerfile.parse.Suggestion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Understands the nodes of a syntax tree.
 *
 * <p>An instruction that cannot be understood does not stop this; the first error is thrown with
 * the others in {@link DockerfileException#others()}. Build checks are reported up to the first
 * error only, as in BuildKit.
 */
public final class InstructionParser {
  /** The keywords of the language. */
  public static final List<String> KEYWORDS =
      List.of(
          "ADD",
          "ARG",
          "CMD",
          "COPY",
          "ENTRYPOINT",
          "ENV",
          "EXPOSE",
          "FROM",
          "HEALTHCHECK",
          "LABEL",
          "MAINTAINER",
          "ONBUILD",
          "RUN",
          "SHELL",
          "STOPSIGNAL",
          "USER",
          "VOLUME",
          "WORKDIR");

  private static final String NO_STAGE = "no build stage in current context";
  private static final int MAX_ERRORS = DockerfileException.MAX_ERRORS;
  private static final Pattern STAGE_NAME = Pattern.compile("[a-z][a-z0-9-_.]*");

  private Linter linter;

  /** A parser that reports to a linter; {@link Linter#NONE} for none. */
  public InstructionParser(Linter linter) {
    this.linter = linter;
  }

  /** Understands a whole file. Errors start with {@code dockerfile parse error on line N: }. */
  public Dockerfile parse(ParsedDockerfile file) throws DockerfileException {
    List<ArgInstruction> globals = new ArrayList<>();
    List<Stage> stages = new ArrayList<>();
    Mistakes mistakes = new Mistakes();
    @Nullable Stage head = null;
    boolean brokenHead = false;
    List<Instruction> instructions = new ArrayList<>();
    for (InstructionNode node : file.instructions()) {
      if (mistakes.isFull()) {
        break;
      }
      boolean from = node.keyword().equalsIgnoreCase("from");
      try {
        if (from) {
          Stage next = located(node, () -> stage(node));
          addStage(stages, head, instructions);
          head = next;
          continue;
        }
        Instruction instruction = located(node, () -> understand(node));
        if (head == null && instruction instanceof ArgInstruction arg) {
          globals.add(arg);
        } else if (head == null && !brokenHead) {
          mistakes.add(
              DockerfileException.at(node.location(), NO_STAGE)
                  .withHint("FROM has to come before " + node.keyword()));
          linter = Linter.NONE;
        } else {
          instructions.add(instruction);
        }
      } catch (DockerfileException e) {
        mistakes.add(e.wrapped("dockerfile parse error on line " + node.startLine()));
        brokenHead |= from;
        linter = Linter.NONE;
      }
    }
    mistakes.throwFirst();
    addStage(stages, head, instructions);
    return new Dockerfile(globals, stages, file.escape());
  }

  /**
   * The error of a file that could not be read, and behind it what is wrong with those instructions
   * that could.
   */
  public static DockerfileException explain(PartlyReadException unreadable) {
    List<DockerfileException> others = new ArrayList<>(unreadable.others());
    try {
      new InstructionParser(Linter.NONE).parse(unreadable.readable());
    } catch (DockerfileException e) {
      List<DockerfileException> further = new ArrayList<>(List.of(e.withOthers(List.of())));
      further.addAll(e.others());
      // What could not be read may have been the FROM.
      further.removeIf(error -> error.getMessage().equals(NO_STAGE));
      others.addAll(further.subList(0, Math.min(further.size(), MAX_ERRORS - others.size())));
    }
    others.sort(Comparator.comparingInt(InstructionParser::line));
    return unreadable.withOthers(others);
  }

  private static int line(DockerfileException error) {
    return error.locations().isEmpty() || error.locations().get(0).isEmpty()
        ? 0
        : error.locations().get(0).get(0).start().line();
  }

  private static void addStage(
      List<Stage> stages, @Nullable Stage head, List<Instruction> instructions) {
    if (head != null) {
      stages.add(head.withInstructions(instructions));
    }
    instructions.clear();
  }

  /** Understands one instruction that is not FROM, as a trigger out of a base image. */
  public Instruction parseInstruction(InstructionNode node) throws DockerfileException {
    if (node.keyword().equalsIgnoreCase("from")) {
      throw DockerfileException.at(node.location(), "*instructions.Stage is not a command type");
    }
    return located(node, () -> understand(node));
  }

  @FunctionalInterface
  private interface Step<T> {
    T run() throws DockerfileException;
  }

  private static <T> T located(InstructionNode node, Step<T> step) throws DockerfileException {
    try {
      return step.run();
    } catch (DockerfileException e) {
      throw e.withLocation(node.location());
    }
  }

  private Instruction understand(InstructionNode node) throws DockerfileException {
    InstructionSource source =
        new InstructionSource(
            GoText.trim(node.original()), node.keyword(), node.location(), node.comments());
    Linter local = linter.forComments(node.comments());
    List<String> arguments = node.arguments();
    switch (node.keyword().toLowerCase(Locale.ROOT)) {
      case "add" -> {
        return Copies.add(node, source);
      }
      case "arg" -> {
        ArgInstruction arg = arg(source, arguments);
        checkDescription(
            "ARG", arg.definitions().stream().map(ArgDefinition::key).toList(), node, local);
        return arg;
      }
      case "cmd" -> {
        new Flags().read(node.flags());
        return new CmdInstruction(source, Commands.line(node));
      }
      case "copy" -> {
        return Copies.copy(node, source);
      }
      case "entrypoint" -> {
        new Flags().read(node.flags());
        return new EntrypointInstruction(source, Commands.line(node));
      }
      case "env" -> {
        new Flags().read(node.flags());
        return new EnvInstruction(source, pairs("ENV", arguments));
      }
      case "expose" -> {
        atLeastOne("EXPOSE", arguments, "EXPOSE PORT[/PROTOCOL]...");
        new Flags().read(node.flags());
        return new ExposeInstruction(source, arguments.stream().sorted().toList());
      }
      case "healthcheck" -> {
        return Commands.healthcheck(node, source);
      }
      case "label" -> {
        new Flags().read(node.flags());
        return new LabelInstruction(source, pairs("LABEL", arguments));
      }
      case "maintainer" -> {
        local.report(LintRules.maintainerDeprecated(), node.location());
        exactlyOne("MAINTAINER", arguments, "MAINTAINER NAME");
        new Flags().read(node.flags());
        return new MaintainerInstruction(source, arguments.get(0));
      }
      case "onbuild" -> {
        return Commands.onbuild(node, source);
      }
      case "run" -> {
        return Commands.run(node, source);
      }
      case "shell" -> {
        new Flags().read(node.flags());
        atLeastOne("SHELL", arguments, "SHELL [\"PROGRAM\", \"ARGUMENT\", ...]");
        if (!node.json()) {
          throw new DockerfileException("SHELL requires the arguments to be in JSON form")
              .withHint("write SHELL [\"PROGRAM\", \"ARGUMENT\", ...]");
        }
        return new ShellInstruction(source, arguments);
      }
      case "stopsignal" -> {
        exactlyOne("STOPSIGNAL", arguments, "STOPSIGNAL SIGNAL");
        return new StopSignalInstruction(source, arguments.get(0));
      }
      case "user" -> {
        exactlyOne("USER", arguments, "USER NAME[:GROUP]");
        new Flags().read(node.flags());
        return new UserInstruction(source, arguments.get(0));
      }
      case "volume" -> {
        atLeastOne("VOLUME", arguments, "VOLUME PATH...");
        new Flags().read(node.flags());
        return volume(source, arguments);
      }
      case "workdir" -> {
        exactlyOne("WORKDIR", arguments, "WORKDIR PATH");
        new Flags().read(node.flags());
        return new WorkdirInstruction(source, arguments.get(0));
      }
      default ->
          throw Suggestion.suggest(
              new DockerfileException("unknown instruction: " + node.keyword())
                  .withHint("instructions are " + String.join(", ", KEYWORDS)),
              node.keyword(),
              KEYWORDS,
              false);
    }
  }

  private Stage stage(InstructionNode node) throws DockerfileException {
    Linter local = linter.forComments(node.comments());
    List<String> arguments = node.arguments();
    if (arguments.size() == 3) {
      String name = arguments.get(2);
      if (!name.equals(name.toLowerCase(Locale.ROOT))) {
        local.report(LintRules.stageNameCasing(name), node.location());
      }
    }
    if (arguments.size() >= 3 && !sameCasing(node.keyword(), arguments.get(1))) {
      local.report(LintRules.fromAsCasing(node.keyword(), arguments.get(1)), node.location());
    }
    String name = stageName(arguments);
    Flags flags = new Flags().text("platform").read(node.flags());
    Stage stage =
        new Stage(
            name,
            node.keyword(),
            arguments.get(0),
            flags.value("platform"),
            description(node.comments(), name),
            GoText.trim(node.original()),
            node.location(),
            node.comments(),
            List.of());
    if (!name.isEmpty()) {
      checkDescription("FROM", List.of(name), node, local);
    }
    return stage;
  }

  private static String stageName(List<String> arguments) throws DockerfileException {
    if (arguments.size() == 3 && arguments.get(1).equalsIgnoreCase("as")) {
      String name = arguments.get(2).toLowerCase(Locale.ROOT);
      if (!STAGE_NAME.matcher(name).matches()) {
        throw new DockerfileException(
                "invalid name for build stage: "
                    + GoText.quote(arguments.get(2))
                    + ", name can't start with a number or contain symbols")
            .withHint("a stage name is a letter and then letters, digits, - _ and .");
      }
      return name;
    }
    if (arguments.size() != 1) {
      throw new DockerfileException("FROM requires either one or three arguments")
          .withHint("write FROM IMAGE or FROM IMAGE AS NAME");
    }
    return "";
  }

  /** Whether AS is written as FROM is; a FROM in mixed case is another rule's business. */
  private static boolean sameCasing(String from, String as) {
    if (from.equals(from.toLowerCase(Locale.ROOT))) {
      return as.equals(as.toLowerCase(Locale.ROOT));
    }
    return !from.equals(from.toUpperCase(Locale.ROOT)) || as.equals(as.toUpperCase(Locale.ROOT));
  }

  private static List<KeyValue> pairs(String keyword, List<String> arguments)
      throws DockerfileException {
    atLeastOne(keyword, arguments, keyword + " KEY=VALUE...");
    List<KeyValue> pairs = new ArrayList<>(arguments.size() / 3);
    for (int i = 0; i + 2 < arguments.size(); i += 3) {
      String key = arguments.get(i);
      if (key.isEmpty()) {
        throw blankName(keyword);
      }
      pairs.add(new KeyValue(key, arguments.get(i + 1), arguments.get(i + 2).isEmpty()));
    }
    return pairs;
  }

  private static ArgInstruction arg(InstructionSource source, List<String> arguments)
      throws DockerfileException {
    atLeastOne("ARG", arguments, "ARG NAME[=DEFAULT]...");
    List<ArgDefinition> definitions = new ArrayList<>(arguments.size());
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (equals == 0) {
        throw blankName("ARG");
      }
      String key = equals < 0 ? argument : argument.substring(0, equals);
      definitions.add(
          new ArgDefinition(
              key,
              equals < 0 ? null : argument.substring(equals + 1),
              description(source.comments(), key)));
    }
    return new ArgInstruction(source, definitions);
  }

  private static VolumeInstruction volume(InstructionSource source, List<String> arguments)
      throws DockerfileException {
    List<String> volumes = new ArrayList<>(arguments.size());
    for (String argument : arguments) {
      String volume = GoText.trim(argument);
      if (volume.isEmpty()) {
        throw new DockerfileException("VOLUME specified can not be an empty string");
      }
      volumes.add(volume);
    }
    return new VolumeInstruction(source, volumes);
  }

  /** What the comment {@code # NAME text} says of a name. */
  private static String description(List<String> comments, String name) {
    if (name.isEmpty()) {
      return "";
    }
    for (String comment : comments) {
      if (comment.startsWith(name + " ")) {
        return comment.substring(name.length() + 1);
      }
    }
    return "";
  }

  private static void checkDescription(
      String keyword, List<String> names, InstructionNode node, Linter linter) {
    List<String> comments = node.comments();
    if (comments.isEmpty() || names.isEmpty()) {
      return;
    }
    String last = comments.get(comments.size() - 1);
    int blank = last.indexOf(' ');
    if (names.contains(blank < 0 ? last : last.substring(0, blank))) {
      return;
    }
    linter.report(
        LintRules.invalidDefinitionDescription(
            keyword, names.size() > 1 ? "<arg_key>" : names.get(0)),
        node.location());
  }

  static void atLeastOne(String keyword, List<String> arguments, String usage)
      throws DockerfileException {
    if (arguments.isEmpty()) {
      throw new DockerfileException(keyword + " requires at least one argument")
          .withHint("write " + usage);
    }
  }

  private static void exactlyOne(String keyword, List<String> arguments, String usage)
      throws DockerfileException {
    if (arguments.size() != 1) {
      throw new DockerfileException(keyword + " requires exactly one argument")
          .withHint("write " + usage);
    }
  }

  private static DockerfileException blankName(String keyword) {
    return new DockerfileException(keyword + " names can not be blank")
        .withHint("write a name before =");
  }
}
