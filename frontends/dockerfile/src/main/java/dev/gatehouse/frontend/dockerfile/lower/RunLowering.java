package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.ArgDefinition;
import dev.gatehouse.frontend.dockerfile.instruction.CommandLine;
import dev.gatehouse.frontend.dockerfile.instruction.RunInstruction;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.dockerfile.parse.Heredoc;
import dev.gatehouse.frontend.dockerfile.parse.Heredocs;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.frontend.dockerfile.shell.WordExpander;
import dev.gatehouse.frontend.kit.FrontendOptions;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.Device;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.Mount;
import dev.gatehouse.llb.NetworkMode;
import dev.gatehouse.llb.ProxyEnv;
import dev.gatehouse.llb.RunBuilder;
import dev.gatehouse.llb.SecurityMode;
import dev.gatehouse.llb.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** RUN: a command in the stage's file system. */
final class RunLowering {
  private static final String SCRIPT_FOLDER = "/dev/pipes/";

  private final ConversionContext context;
  private final State buildContext;

  RunLowering(ConversionContext context, State buildContext) {
    this.context = context;
    this.buildContext = buildContext;
  }

  /** What a here-document makes of a command. */
  private record Script(List<String> arguments, String summary, @Nullable Mount file) {}

  void lower(StageState stage, RunInstruction run, List<StageState> sources)
      throws DockerfileException {
    FrontendOptions options = context.request().options();
    // A command may read any file.
    stage.paths.add("/");
    Script script = script(stage, run.command());
    List<String> args =
        run.command().shell() ? Shells.wrap(stage.image, script.arguments()) : script.arguments();
    Environment env = new StateEnvironment(stage.state);
    for (String variable : stage.state.env()) {
      context.budget().take(variable.length());
    }
    RunBuilder builder = stage.state.run().args(args).proxy(proxy(context.buildArguments()));
    if (script.file() != null) {
      builder.mount(script.file());
    }
    new RunMounts(context, buildContext).add(builder, stage, run, sources);
    builder.with(s ->
        s.security(
            switch (run.security()) {
              case SANDBOX -> SecurityMode.SANDBOX;
              case INSECURE -> SecurityMode.INSECURE;
            }));
    switch (run.network()) {
      case DEFAULT -> {}
      case NONE -> builder.with(s -> s.network(NetworkMode.NONE));
      case HOST -> builder.with(s -> s.network(NetworkMode.HOST));
    }
    if (context.supports("exec.meta.ulimit")) {
      options.ulimits().forEach(u -> builder.with(s -> s.ulimit(u.name(), u.soft(), u.hard())));
    }
    if (context.supports("exec.meta.cdi")) {
      if (!run.devices().isEmpty() && !isLabs(options)) {
        throw new DockerfileException(
                "device feature is only supported in Dockerfile frontend 1.14.0-labs or later")
            .withHint("write # syntax=docker/dockerfile:1-labs as the first line of the file");
      }
      run.devices().forEach(d -> builder.device(new Device(d.name(), !d.required())));
    }
    Constraints.Builder constraints =
        Steps.located(context.request().file(), run.location(), Constraints.builder())
            .description(Steps.COMMAND, run.code())
            .name(name(stage, run, script.summary(), env));
    if (stage.ignoreCache) {
      constraints.ignoreCache();
    }
    options.extraHosts().forEach(h -> builder.with(s -> s.extraHost(h.host(), h.address())));
    if (options.shmSize() > 0 && context.supports("exec.mount.tmpfs.size")) {
      builder.mount(Mount.tmpfs("/dev/shm", options.shmSize()));
    }
    if (!options.cgroupParent().isEmpty() && context.supports("exec.meta.cgroup.parent")) {
      builder.with(s -> s.cgroupParent(options.cgroupParent()));
    }
    if (context.supports("exec.meta.linux.resources")) {
      constraints.linuxResources(options.linuxResources().orElse(null));
    }
    stage.state = builder.constraints(constraints.build()).build().root();
    stage.image.commit("RUN " + history(args, stage, env) + " # buildkit", true, stage.epoch);
  }

  /**
   * Whether the build asks for the channel of BuildKit's frontend that has what is being tried out.
   */
  private static boolean isLabs(FrontendOptions options) {
    return options.option("cmdline").split(" ", 2)[0].endsWith("labs");
  }

  private String name(StageState stage, RunInstruction run, String summary, Environment env) {
    WordExpander expander = context.expander().withRawQuotes(true).withSkipUnset(true);
    return Steps.name(
        stage,
        Steps.text(run.code() + summary, expander, RunMounts.masked(run, env)),
        // What is made from scratch has no platform that a step could run on.
        context.request().options().multiPlatform() && stage.state.platform().isPresent(),
        stage.state.platform().orElse(stage.knownPlatform()),
        env);
  }

  private Script script(StageState stage, CommandLine command) throws DockerfileException {
    List<String> args = command.arguments();
    if (command.heredocs().isEmpty()) {
      return new Script(args, "", null);
    }
    if (args.size() != 1 || !command.shell()) {
      throw new DockerfileException(
          "parsing produced an invalid run command: " + ImageLowering.list(args));
    }
    if (Heredocs.parse(args.get(0)).isEmpty()) {
      // The shell reads its here-documents itself.
      StringBuilder text = new StringBuilder(args.get(0));
      for (Heredoc heredoc : command.heredocs()) {
        text.append('\n').append(Heredoc.text(heredoc.content())).append(heredoc.name());
      }
      return new Script(List.of(text.toString()), "", null);
    }
    Heredoc heredoc = command.heredocs().get(0);
    String content = heredoc.effectiveContent();
    String summary = " (" + summary(Heredoc.text(heredoc.content())) + ")";
    if (stage.image.platform().os().equals("windows") || !content.startsWith("#!")) {
      return new Script(List.of(Heredoc.text(content)), summary, null);
    }
    State file =
        State.scratch()
            .file(
                FileAction.mkfile(heredoc.name(), 0755, Heredoc.bytes(content), FileOptions.NONE),
                inlineDocument(stage));
    return new Script(
        List.of(SCRIPT_FOLDER + heredoc.name()),
        summary,
        Mount.bind(SCRIPT_FOLDER, file).from("/").asReadOnly());
  }

  static Constraints inlineDocument(StageState stage) {
    return Constraints.builder()
        .name("[internal] preparing inline document")
        .platform(stage.knownPlatform())
        .build();
  }

  private static String summary(String content) {
    String trimmed = GoText.trim(content);
    int end = trimmed.replace("\r\n", "\n").indexOf('\n');
    return end < 0 ? trimmed : trimmed.substring(0, end) + "...";
  }

  /**
   * The command as history shows it: with the arguments of the stage, which it could see, before
   * it.
   */
  private String history(List<String> args, StageState stage, Environment env)
      throws DockerfileException {
    Map<String, String> values = new LinkedHashMap<>();
    for (ArgDefinition argument : stage.arguments.all()) {
      String value = env.get(argument.key());
      String shown = value == null ? argument.valueOrEmpty() : value;
      context.budget().take(argument.key().length() + shown.length());
      values.put(argument.key(), shown);
    }
    List<String> words = new ArrayList<>();
    if (!values.isEmpty()) {
      words.add("|" + values.size());
      values.forEach((name, value) -> words.add(name + "=" + value));
    }
    words.addAll(args);
    return String.join(" ", words);
  }

  /** Proxy settings among build arguments; null if there are none. */
  private static @Nullable ProxyEnv proxy(Map<String, String> arguments) {
    Map<String, String> found = new TreeMap<>();
    for (Map.Entry<String, String> argument : new TreeMap<>(arguments).entrySet()) {
      String name = argument.getKey().toLowerCase(Locale.ROOT);
      switch (name) {
        case "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy" ->
            found.put(name, argument.getValue());
        default -> {}
      }
    }
    return found.isEmpty()
        ? null
        : new ProxyEnv(
            Optional.ofNullable(found.get("http_proxy")).orElse(""),
            Optional.ofNullable(found.get("https_proxy")).orElse(""),
            Optional.ofNullable(found.get("ftp_proxy")).orElse(""),
            Optional.ofNullable(found.get("no_proxy")).orElse(""),
            Optional.ofNullable(found.get("all_proxy")).orElse(""));
  }
}
