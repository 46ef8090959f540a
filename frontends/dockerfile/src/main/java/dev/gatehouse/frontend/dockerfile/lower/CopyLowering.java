package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.AddInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.CopyInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.InlineFile;
import dev.gatehouse.frontend.dockerfile.instruction.Instruction;
import dev.gatehouse.frontend.dockerfile.instruction.SourcesAndDestination;
import dev.gatehouse.frontend.dockerfile.lint.LintRules;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.dockerfile.parse.Heredoc;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.frontend.kit.GitReference;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.CopyOptions;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.Owner;
import dev.gatehouse.llb.ProgressGroup;
import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.llb.pattern.PatternMatcher;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * COPY and ADD: files from the context, another stage, a here-document, a URL or a git repository.
 */
final class CopyLowering {
  private final ConversionContext context;
  private final State buildContext;
  private final @Nullable PatternMatcher ignored;
  private final Linter linter;

  CopyLowering(
      ConversionContext context,
      State buildContext,
      @Nullable PatternMatcher ignored,
      Linter linter) {
    this.context = context;
    this.buildContext = buildContext;
    this.ignored = ignored;
    this.linter = linter;
  }

  /** What both instructions say. */
  private record Request(
      Instruction instruction,
      boolean add,
      SourcesAndDestination paths,
      State source,
      boolean fromContext,
      String chown,
      String chmod,
      boolean link,
      boolean parents,
      List<String> excludes,
      RemoteSources.Wishes wishes) {}

  void lower(StageState stage, CopyInstruction copy, List<StageState> sources)
      throws DockerfileException {
    StageState from = sources.isEmpty() ? null : sources.get(0);
    if (from != null && !from.dispatched) {
      throw new DockerfileException(
              "cannot copy from stage "
                  + GoText.quote(copy.from())
                  + ", it needs to be defined before current stage "
                  + GoText.quote(stage.name))
          .withHint("move the stage " + copy.from() + " before this one");
    }
    lower(
        stage,
        new Request(
            copy,
            false,
            copy.paths(),
            from == null ? buildContext : from.state,
            from == null,
            copy.chown(),
            copy.chmod(),
            copy.link(),
            copy.parents(),
            copy.excludes(),
            RemoteSources.Wishes.NONE));
    Set<String> used = from == null ? stage.contextPaths : from.paths;
    for (String source : copy.paths().sources()) {
      used.add(SlashPath.join("/", source));
    }
  }

  void lower(StageState stage, AddInstruction add) throws DockerfileException {
    lower(
        stage,
        new Request(
            add,
            true,
            add.paths(),
            buildContext,
            true,
            add.chown(),
            add.chmod(),
            add.link(),
            false,
            add.excludes(),
            new RemoteSources.Wishes(add.checksum(), add.keepGitDir(), add.unpack())));
    for (String source : add.paths().sources()) {
      if (!source.startsWith("http://") && !source.startsWith("https://")) {
        stage.contextPaths.add(SlashPath.join("/", source));
      }
    }
  }

  private void lower(StageState stage, Request request) throws DockerfileException {
    Platform platform = stage.knownPlatform();
    String destination = destination(stage, request.paths().destination(), platform);
    CopyOptions.Builder options = CopyOptions.builder();
    setMode(options, request.chmod());
    checkChecksum(request);
    Environment env = new StateEnvironment(stage.state);
    String text = Steps.text(request.instruction().code(), context.expander(), env);
    String name = stepName(stage, text, platform, env);

    StringBuilder history = new StringBuilder(request.add() ? "ADD" : "COPY");
    if (request.parents()) {
      history.append(" --parents");
    }
    if (!request.chown().isEmpty()) {
      history.append(" --chown=").append(request.chown());
      options.owner(Owner.parse(request.chown()));
    }
    if (!request.chmod().isEmpty()) {
      history.append(" --chmod=").append(request.chmod());
    }
    options.excludePatterns(request.excludes()).createDestination(true);

    FileAction action = null;
    RemoteSources remote = new RemoteSources(request.add(), request.wishes(), name);
    for (String source : request.paths().sources()) {
      history.append(' ').append(source);
      Optional<RemoteSources.Remote> found = remote.find(source);
      if (found.isPresent()) {
        action =
            append(
                action,
                found.get().state(),
                found.get().path(),
                destination,
                asItIs(options, found.get().unpack()));
      } else {
        action = copyFiles(action, request, source, destination, options, platform);
      }
    }
    for (InlineFile file : request.paths().files()) {
      history.append(" <<").append(file.path());
      action = copyInline(action, stage, file, destination, options, platform);
    }
    history.append(' ').append(request.paths().destination());
    if (action == null) {
      throw new DockerfileException("nothing to copy")
          .withHint("say what to copy before the destination");
    }
    apply(stage, request, action, name, text, env);
    stage.image.commit(history + " # buildkit", true, stage.epoch);
  }

  private String stepName(StageState stage, String text, Platform platform, Environment env) {
    return Steps.name(stage, text, context.request().options().multiPlatform(), platform, env);
  }

  private static FileAction append(
      @Nullable FileAction action, State source, String from, String to, CopyOptions options) {
    return action == null
        ? FileAction.copy(source, from, to, options)
        : action.andCopy(source, from, to, options);
  }

  private void apply(
      StageState stage,
      Request request,
      FileAction action,
      String name,
      String text,
      Environment env) {
    Platform platform = stage.knownPlatform();
    if (!request.link() || !request.chmod().isEmpty() || !context.supports("mergeop")) {
      stage.state = stage.state.file(action, constraints(stage, request).name(name).build());
      return;
    }
    // The copy is an operation of its own, independent of the stage, whose result is laid over it.
    String group = MarshalOptions.uniqueId().substring(0, 25);
    stage.stepIndex--;
    String groupName = stepName(stage, text, platform, env);
    State copied =
        State.scratch()
            .file(
                action,
                constraints(stage, request)
                    .name(name)
                    .platform(platform)
                    .progressGroup(new ProgressGroup(group, groupName, true))
                    .build());
    stage.stepIndex--;
    State merged =
        State.merge(
            List.of(stage.state, copied),
            constraints(stage, request)
                .name(stepName(stage, "LINK " + text, platform, env))
                .progressGroup(new ProgressGroup(group, groupName, false))
                .build());
    stage.state = stage.state.withFilesOf(merged);
  }

  private Constraints.Builder constraints(StageState stage, Request request) {
    Constraints.Builder constraints =
        Steps.located(
            context.request().file(), request.instruction().location(), Constraints.builder());
    return stage.ignoreCache ? constraints.ignoreCache() : constraints;
  }

  private static String destination(StageState stage, String path, Platform platform)
      throws DockerfileException {
    String os = platform.os();
    String destination;
    try {
      destination = OsPath.withoutDrive(path, os, true);
    } catch (DockerfileException e) {
      throw e.wrapped("removing drive letter");
    }
    if (OsPath.isAbsolute(destination, os)) {
      return OsPath.normalize("/", destination, os, true);
    }
    if (destination.isEmpty() || destination.equals(".")) {
      destination = "./";
    }
    return OsPath.normalize(stage.state.directory(), destination, os, true);
  }

  private static void setMode(CopyOptions.Builder options, String chmod)
      throws DockerfileException {
    if (chmod.isEmpty()) {
      return;
    }
    boolean octal = chmod.matches("[0-7]{1,11}") && Long.parseLong(chmod, 8) <= 0xffffffffL;
    if (octal && Long.parseLong(chmod, 8) <= 07777) {
      options.mode((int) Long.parseLong(chmod, 8));
      return;
    }
    if (octal || Character.isDigit(chmod.charAt(0))) {
      throw new DockerfileException(
              "invalid chmod parameter: '"
                  + chmod
                  + "'. it should be octal string and between 0 and 07777")
          .withHint("such as 755 or u=rwx,go=rx");
    }
    if (!SymbolicMode.isValid(chmod)) {
      throw new DockerfileException("invalid syntax")
          .withHint("--chmod takes an octal number such as 755, or a text such as u=rwx,go=rx");
    }
    options.modeText(chmod);
  }

  private static void checkChecksum(Request request) throws DockerfileException {
    if (request.wishes().checksum().isEmpty()) {
      return;
    }
    if (request.paths().sources().size() != 1) {
      throw new DockerfileException("checksum can't be specified for multiple sources");
    }
    String source = request.paths().sources().get(0);
    if (!RemoteSources.isHttp(source) && !GitReference.isGit(source)) {
      throw new DockerfileException("checksum requires HTTP(S) or Git sources");
    }
  }

  private FileAction copyFiles(
      @Nullable FileAction action,
      Request request,
      String source,
      String destination,
      CopyOptions.Builder options,
      Platform platform)
      throws DockerfileException {
    if (request.fromContext()) {
      checkIgnored(request, source);
    }
    String os = platform.os();
    String path = source;
    List<String> include = List.of();
    List<String> required = List.of();
    if (request.parents()) {
      int pivot = source.indexOf("/./");
      String pattern = pivot < 0 ? source : source.substring(pivot + 3);
      path = pivot < 0 ? "/" : source.substring(0, pivot);
      pattern = normalized(pattern, os);
      include = List.of(pattern.startsWith("/") ? pattern.substring(1) : pattern);
      if (!hasWildcards(path) && !hasWildcards(pattern)) {
        required = List.of(normalized(SlashPath.join(path, pattern), os));
      }
    }
    path = normalized(path, os);
    Boolean unpack = request.wishes().unpack();
    return append(
        action,
        request.source(),
        path,
        destination,
        options
            .followSymlinks(true)
            .directoryContentsOnly(true)
            .includePatterns(include)
            .requiredPaths(required)
            .unpack(unpack == null ? request.add() : unpack)
            .allowWildcard(true)
            .allowEmptyWildcard(true)
            .build());
  }

  private static String normalized(String path, String os) throws DockerfileException {
    try {
      return OsPath.normalize("/", path, os, false);
    } catch (DockerfileException e) {
      throw e.wrapped("removing drive letter");
    }
  }

  private static FileAction copyInline(
      @Nullable FileAction action,
      StageState stage,
      InlineFile file,
      String destination,
      CopyOptions.Builder options,
      Platform platform)
      throws DockerfileException {
    String path;
    try {
      path = OsPath.withoutDrive(file.path(), platform.os(), false);
    } catch (DockerfileException e) {
      throw e.wrapped("removing drive letter");
    }
    State document =
        State.scratch()
            .file(
                FileAction.mkfile(path, 0644, Heredoc.bytes(file.data()), FileOptions.NONE),
                RunLowering.inlineDocument(stage));
    return append(
        action, document, OsPath.toSlash(path, platform.os()), destination, asItIs(options, false));
  }

  /** For a source that is one file or folder, and no pattern. */
  private static CopyOptions asItIs(CopyOptions.Builder options, boolean unpack) {
    return options
        .followSymlinks(false)
        .directoryContentsOnly(false)
        .includePatterns(List.of())
        .requiredPaths(List.of())
        .unpack(unpack)
        .allowWildcard(false)
        .allowEmptyWildcard(false)
        .build();
  }

  /**
   * Reports a source that the ignore file keeps out; not if it has exceptions, which may let parts
   * of it in.
   */
  private void checkIgnored(Request request, String source) {
    if (ignored == null || ignored.hasExceptions()) {
      return;
    }
    String path = SlashPath.clean(source);
    if ((path.equals(".") || path.equals("/")) && !ignored.matchesRootEntries()) {
      return;
    }
    if (ignored.matches(path)) {
      linter.report(
          LintRules.copyIgnoredFile(request.add() ? "Add" : "Copy", path),
          request.instruction().location());
    }
  }

  private static boolean hasWildcards(String path) {
    for (int i = 0; i < path.length(); i++) {
      switch (path.charAt(i)) {
        case '*', '?', '[' -> {
          return true;
        }
        case '\\' -> i++;
        default -> {}
      }
    }
    return false;
  }
}
