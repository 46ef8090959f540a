package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.Mount;
import dev.gatehouse.frontend.dockerfile.instruction.RunInstruction;
import dev.gatehouse.frontend.dockerfile.outline.Outline;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.llb.CacheSharing;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.Owner;
import dev.gatehouse.llb.RunBuilder;
import dev.gatehouse.llb.Secret;
import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.llb.SshSocket;
import dev.gatehouse.llb.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The mounts of RUN. */
final class RunMounts {
  private final ConversionContext context;
  private final State buildContext;

  RunMounts(ConversionContext context, State buildContext) {
    this.context = context;
    this.buildContext = buildContext;
  }

  void add(RunBuilder builder, StageState stage, RunInstruction run, List<StageState> sources)
      throws DockerfileException {
    for (int i = 0; i < run.mounts().size(); i++) {
      Mount mount = run.mounts().get(i);
      String from =
          mount.from().isEmpty() && mount.type() == Mount.Type.CACHE
              ? StagePlan.SCRATCH
              : mount.from();
      StageState source = from.isEmpty() ? null : sources.get(i);
      if (source != null && !source.dispatched) {
        throw new DockerfileException(
                "cannot mount from stage "
                    + GoText.quote(from)
                    + " to "
                    + GoText.quote(mount.target())
                    + ", stage needs to be defined before current command")
            .withHint("move the stage " + from + " before this one");
      }
      switch (mount.type()) {
        case SECRET -> builder.secret(secret(stage, run, mount));
        case SSH -> builder.ssh(ssh(stage, run, mount));
        case BIND, CACHE, TMPFS -> {
          builder.mount(files(stage, mount, source));
          String path = SlashPath.join("/", mount.source());
          (source == null ? stage.contextPaths : source.paths).add(path);
        }
      }
    }
  }

  private dev.gatehouse.llb.Mount files(StageState stage, Mount mount, @Nullable StageState source)
      throws DockerfileException {
    String target = mount.target();
    if (!SlashPath.isAbsolute(SlashPath.clean(target))) {
      target = SlashPath.join("/", stage.state.directory(), target);
    }
    if (target.equals("/")) {
      throw new DockerfileException("invalid mount target " + GoText.quote(target))
          .withHint("the root of the file system is the image itself; mount below it");
    }
    State state = source == null ? buildContext : source.state;
    if (mount.type() == Mount.Type.TMPFS) {
      state = State.scratch();
    }
    String path = SlashPath.join("/", mount.source());
    String selector = "";
    if (!path.equals("/")) {
      selector = path;
    } else if (mount.uid() != null || mount.gid() != null || mount.mode() != null) {
      state = owned(mount, state);
      selector = "/cache";
    }
    dev.gatehouse.llb.Mount files =
        switch (mount.type()) {
          case CACHE ->
              dev.gatehouse.llb.Mount.cache(
                  target,
                  state,
                  context.request().options().cacheNamespace()
                      + "/"
                      + (mount.id().isEmpty() ? SlashPath.clean(mount.target()) : mount.id()),
                  sharing(mount));
          case TMPFS -> tmpfs(target, state, mount);
          default -> dev.gatehouse.llb.Mount.bind(target, state);
        };
    if (!selector.isEmpty()) {
      files = files.from(selector);
    }
    if (mount.readOnly()) {
      return files.asReadOnly();
    }
    return mount.type() == Mount.Type.BIND && context.supports("exec.mount.bind.readwrite-nooutput")
        ? files.withoutOutput()
        : files;
  }

  private static dev.gatehouse.llb.Mount tmpfs(String target, State state, Mount mount)
      throws DockerfileException {
    if (!state.isScratch()) {
      throw new DockerfileException("tmpfs mounts must use scratch")
          .withHint("a tmpfs mount takes neither uid, gid nor mode");
    }
    return dev.gatehouse.llb.Mount.tmpfs(target, mount.sizeLimit());
  }

  private static CacheSharing sharing(Mount mount) {
    if (mount.sharing() == null) {
      return CacheSharing.SHARED;
    }
    return switch (mount.sharing()) {
      case SHARED -> CacheSharing.SHARED;
      case PRIVATE -> CacheSharing.PRIVATE;
      case LOCKED -> CacheSharing.LOCKED;
    };
  }

  /** A folder of that owner and mode, which a new cache begins with. */
  private static State owned(Mount mount, State state) {
    return state.file(
        FileAction.mkdir(
            "/cache",
            mount.mode() == null ? 0755 : mount.mode(),
            false,
            new FileOptions(Owner.of(number(mount.uid()), number(mount.gid())), null)),
        Constraints.builder().name("[internal] setting cache mount permissions").build());
  }

  private static int number(@Nullable Long id) {
    return id == null ? 0 : id.intValue();
  }

  private static Secret secret(StageState stage, RunInstruction run, Mount mount)
      throws DockerfileException {
    String id = mount.source().isEmpty() ? mount.id() : mount.source();
    if (id.isEmpty()) {
      if (mount.target().isEmpty()) {
        throw new DockerfileException("one of source, target required")
            .withHint("say which secret, such as --mount=type=secret,id=token");
      }
      id = SlashPath.base(mount.target());
    }
    String target = mount.target().isEmpty() ? null : mount.target();
    if (mount.env() == null && target == null) {
      target = "/run/secrets/" + SlashPath.base(id);
    }
    stage.captures.secrets.putIfAbsent(
        id, new Outline.Credential(id, mount.required(), run.location()));
    return new Secret(
        id,
        target,
        mount.env(),
        mount.mode() == null ? 0400 : mount.mode(),
        number(mount.uid()),
        number(mount.gid()),
        !mount.required());
  }

  private static SshSocket ssh(StageState stage, RunInstruction run, Mount mount)
      throws DockerfileException {
    if (!mount.source().isEmpty()) {
      throw new DockerfileException("ssh does not support source")
          .withHint("say id=NAME to choose an agent");
    }
    String id = mount.id().isEmpty() ? "default" : mount.id();
    stage.captures.sockets.putIfAbsent(
        id, new Outline.Credential(id, mount.required(), run.location()));
    return new SshSocket(
        mount.id(),
        mount.target(),
        mount.mode() == null ? 0600 : mount.mode(),
        number(mount.uid()),
        number(mount.gid()),
        !mount.required());
  }

  /** The variables that a command is shown with: those that hold secrets show asterisks. */
  static Environment masked(RunInstruction run, Environment env) {
    Map<String, String> secrets = new LinkedHashMap<>();
    for (Mount mount : run.mounts()) {
      if (mount.type() == Mount.Type.SECRET && mount.env() != null) {
        secrets.put(mount.env(), "****");
      }
    }
    if (secrets.isEmpty()) {
      return env;
    }
    return new Environment() {
      @Override
      public @Nullable String get(String name) {
        String secret = secrets.get(name);
        return secret == null ? env.get(name) : secret;
      }

      @Override
      public List<String> names() {
        List<String> names = new ArrayList<>(env.names());
        names.removeAll(secrets.keySet());
        names.addAll(secrets.keySet());
        return names;
      }
    };
  }
}
