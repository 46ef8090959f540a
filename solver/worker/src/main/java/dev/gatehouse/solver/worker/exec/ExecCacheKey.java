package dev.gatehouse.solver.worker.exec;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.ExecOp;
import dev.gatehouse.protocol.pb.Meta;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.protocol.pb.MountContentCache;
import dev.gatehouse.protocol.pb.MountType;
import dev.gatehouse.solver.core.CacheMap;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.InputCacheRule;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.worker.contenthash.Selection;
import dev.gatehouse.solver.worker.json.GoJson;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What of an exec operation decides its result, digested as BuildKit does so that caches are
 * interchanged: the message without addresses of extra hosts, proxies, selectors (which count with
 * their inputs) and the names of cache mounts, and the platform.
 */
final class ExecCacheKey {
  private static final String TYPE = "buildkit.exec.v0";
  private static final String ROOT = "/";
  private static final long NONE = -1;

  private ExecCacheKey() {}

  /** Gives the content digest of parts of an input. */
  interface Contents
      extends Function<List<Selection>, InputCacheRule.ContentDigest<WorkerResult>> {}

  static CacheMap<WorkerResult> of(ExecOp op, Platform platform, int inputs, Contents contents)
      throws SolveException {
    return new CacheMap<>(Digest.sha256(json(op, platform)), rules(op, inputs, contents));
  }

  static byte[] json(ExecOp op, Platform platform) {
    return GoJson.object(json ->
        json.text("Type", TYPE)
            .nested("Exec", exec -> exec(exec, op))
            .text("OS", platform.os())
            .text("Arch", platform.architecture())
            .optText("Variant", platform.variant())
            .optText("OSVersion", platform.osVersion())
            .optTexts("OSFeatures", platform.osFeatures()));
  }

  private static void exec(GoJson json, ExecOp op) {
    if (op.hasMeta()) {
      json.nested("meta", meta -> meta(meta, op.getMeta()));
    }
    List<Mount> mounts = isPlainRoot(op.getMountsList()) ? List.of() : op.getMountsList();
    json.optObjects("mounts", mounts, ExecCacheKey::mount)
        .optNumber("network", op.getNetworkValue())
        .optNumber("security", op.getSecurityValue())
        .optObjects(
            "secretenv",
            op.getSecretenvList(),
            (secret, value) ->
                secret
                    .optText("ID", value.getID())
                    .optText("name", value.getName())
                    .optFlag("optional", value.getOptional()))
        .optObjects(
            "cdiDevices",
            op.getCdiDevicesList(),
            (device, value) ->
                device.optText("name", value.getName()).optFlag("optional", value.getOptional()));
  }

  private static void meta(GoJson json, Meta meta) {
    json.optTexts("args", meta.getArgsList())
        .optTexts("env", meta.getEnvList())
        .optText("cwd", meta.getCwd())
        .optText("user", meta.getUser())
        .optObjects(
            "extraHosts",
            meta.getExtraHostsList(),
            (host, value) -> host.optText("Host", value.getHost()))
        .optText("hostname", meta.getHostname())
        .optObjects(
            "ulimit",
            meta.getUlimitList(),
            (limit, value) ->
                limit
                    .optText("Name", value.getName())
                    .optNumber("Soft", value.getSoft())
                    .optNumber("Hard", value.getHard()))
        .optText("cgroupParent", meta.getCgroupParent())
        .optFlag("removeMountStubsRecursive", meta.getRemoveMountStubsRecursive())
        .optNumbers("validExitCodes", meta.getValidExitCodesList());
  }

  private static void mount(GoJson json, Mount mount) {
    json.optNumber("input", mount.getInput())
        .optText("dest", mount.getDest())
        .optNumber("output", mount.getOutput())
        .optFlag("readonly", mount.getReadonly())
        .optNumber("mountType", mount.getMountTypeValue());
    if (mount.hasTmpfsOpt()) {
      json.nested("TmpfsOpt", o -> o.optNumber("size", mount.getTmpfsOpt().getSize()));
    }
    if (mount.hasCacheOpt()) {
      json.nested(
          "cacheOpt",
          o -> {
            if (isDefaultCache(mount)) {
              o.optText("ID", mount.getCacheOpt().getID());
            }
          });
    }
    if (mount.hasSecretOpt()) {
      json.nested(
          "secretOpt",
          o ->
              o.optText("ID", mount.getSecretOpt().getID())
                  .optNumber("uid", Integer.toUnsignedLong(mount.getSecretOpt().getUid()))
                  .optNumber("gid", Integer.toUnsignedLong(mount.getSecretOpt().getGid()))
                  .optNumber("mode", Integer.toUnsignedLong(mount.getSecretOpt().getMode()))
                  .optFlag("optional", mount.getSecretOpt().getOptional()));
    }
    if (mount.hasSSHOpt()) {
      json.nested(
          "SSHOpt",
          o ->
              o.optText("ID", mount.getSSHOpt().getID())
                  .optNumber("uid", Integer.toUnsignedLong(mount.getSSHOpt().getUid()))
                  .optNumber("gid", Integer.toUnsignedLong(mount.getSSHOpt().getGid()))
                  .optNumber("mode", Integer.toUnsignedLong(mount.getSSHOpt().getMode()))
                  .optFlag("optional", mount.getSSHOpt().getOptional()));
    }
    json.optText("resultID", mount.getResultID())
        .optNumber("contentCache", mount.getContentCacheValue());
  }

  /**
   * The cache mount that a Dockerfile makes when it says no more than where: it stays in the key.
   */
  private static boolean isDefaultCache(Mount mount) {
    if (mount.getCacheOpt().getSharingValue() != 0) {
      return false;
    }
    String id = mount.getCacheOpt().getID();
    int slash = id.indexOf('/');
    return id.equals(mount.getDest())
        || (slash >= 0 && id.substring(slash + 1).equals(mount.getDest()));
  }

  /** One writable root and nothing else is left out of the key, as it always was. */
  private static boolean isPlainRoot(List<Mount> mounts) {
    if (mounts.size() != 1) {
      return false;
    }
    Mount mount = mounts.getFirst();
    return mount.getDest().equals(ROOT)
        && !mount.getReadonly()
        && mount.getMountType() == MountType.BIND
        && !mount.hasCacheOpt()
        && !mount.hasSSHOpt()
        && !mount.hasSecretOpt()
        && mount.getResultID().isEmpty();
  }

  private static List<InputCacheRule<WorkerResult>> rules(ExecOp op, int inputs, Contents contents)
      throws SolveException {
    List<List<String>> selectors = new ArrayList<>();
    List<Boolean> byContent = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      selectors.add(new ArrayList<>());
      byContent.add(false);
    }
    for (Mount mount : op.getMountsList()) {
      switch (mount.getMountType()) {
        case SECRET, SSH, TMPFS -> {
          continue;
        }
        case BIND, CACHE, UNRECOGNIZED -> {}
      }
      if (mount.getInput() == NONE) {
        continue;
      }
      if (mount.getInput() < 0 || mount.getInput() >= inputs) {
        throw invalid("invalid mountinput " + mount.getInput());
      }
      int input = (int) mount.getInput();
      String selector = Path.of(ROOT, mount.getSelector()).normalize().toString();
      selectors.get(input).add(selector);
      byContent.set(input, countsByContent(mount, selector));
    }
    List<InputCacheRule<WorkerResult>> rules = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      List<String> paths = selectors.get(i);
      Optional<Digest> selector =
          paths.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  Digest.sha256(String.join("\0", paths).getBytes(StandardCharsets.UTF_8)));
      Optional<InputCacheRule.ContentDigest<WorkerResult>> content = Optional.empty();
      if (byContent.get(i)) {
        List<String> parts = withoutNested(paths);
        List<Selection> selections =
            parts.contains(ROOT)
                ? List.of()
                : parts.stream().map(path -> Selection.of(path, true)).toList();
        content = Optional.of(contents.apply(selections));
      }
      rules.add(
          new InputCacheRule<>(
              selector, content, Optional.of((result, context) -> materialize(result))));
    }
    return rules;
  }

  private static void materialize(WorkerResult result)
      throws java.io.IOException, InterruptedException {
    Optional<ImmutableReference> reference = result.reference();
    if (reference.isPresent()) {
      reference.get().materialize();
    }
  }

  /**
   * Whether an input may be recognised by the content of what is mounted.
   *
   * <p>Not if the mount can be written, becomes an output and shows only a part of the input: an
   * output cached for another input of equal part would lack what differs beside the part. Nor, by
   * default, for the root: it is large and rarely equal.
   */
  private static boolean countsByContent(Mount mount, String selector) throws SolveException {
    boolean safe = mount.getOutput() == NONE || mount.getReadonly() || selector.equals(ROOT);
    MountContentCache wanted = mount.getContentCache();
    return switch (wanted) {
      case OFF -> false;
      case ON -> {
        if (!safe) {
          throw invalid("invalid mount cache content for " + mount.getDest());
        }
        yield true;
      }
      case DEFAULT, UNRECOGNIZED -> safe && !mount.getDest().equals(ROOT);
    };
  }

  /** The paths in order, without those below another. */
  static List<String> withoutNested(List<String> paths) {
    TreeSet<String> all = new TreeSet<>(paths);
    List<String> outermost = new ArrayList<>();
    for (String path : all) {
      boolean nested =
          all.stream()
              .anyMatch(other ->
                  !other.equals(path)
                      && path.startsWith(other.endsWith("/") ? other : other + "/"));
      if (!nested) {
        outermost.add(path);
      }
    }
    return outermost;
  }

  private static SolveException invalid(String message) {
    return new SolveException("exec.invalid", ErrorCategory.USER, message);
  }
}
