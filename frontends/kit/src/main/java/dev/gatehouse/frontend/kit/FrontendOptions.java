package dev.gatehouse.frontend.kit;

import dev.gatehouse.frontend.BuildOptions;
import dev.gatehouse.frontend.CacheImport;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.llb.LinuxResources;
import dev.gatehouse.llb.NetworkMode;
import dev.gatehouse.llb.ResolveMode;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.Platform;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The options of a build, read: what clients say of any frontend, with the names and forms of
 * BuildKit's.
 *
 * <p>Immutable but for {@link #all()}, which is shared with the contexts of the build.
 */
public final class FrontendOptions {
  private static final String BUILD_ARG = "build-arg:";
  private static final String LABEL = "label:";
  private static final String LOCAL_SESSION = "local-sessionid:";

  private final Map<String, String> all;
  private final List<Platform> targetPlatforms;
  private final List<Platform> buildPlatforms;
  private final boolean multiPlatform;
  private final ResolveMode resolveMode;
  private final List<State.ExtraHost> extraHosts;
  private final long shmSize;
  private final List<State.Ulimit> ulimits;
  private final @Nullable LinuxResources linuxResources;
  private final NetworkMode networkMode;
  private final @Nullable List<String> noCache;
  private final List<CacheImport> cacheImports;

  private FrontendOptions(BuildOptions build) throws FrontendException {
    all = new LinkedHashMap<>(build.options());
    buildPlatforms =
        List.of(
            build.workers().isEmpty() || build.workers().get(0).platforms().isEmpty()
                ? Platform.host()
                : build.workers().get(0).platforms().get(0));
    targetPlatforms = platforms(option("platform"));
    resolveMode = resolveMode(option("image-resolve-mode"));
    try {
      extraHosts = extraHosts(option("add-hosts"));
    } catch (IllegalArgumentException e) {
      throw Failures.of("failed to parse additional hosts", e);
    }
    try {
      shmSize = option("shm-size").isEmpty() ? 0 : GoValues.parseLong(option("shm-size"));
    } catch (IllegalArgumentException e) {
      throw Failures.of("failed to parse shm size", e);
    }
    try {
      ulimits = ulimits(option("ulimit"));
    } catch (IllegalArgumentException e) {
      throw Failures.of("failed to parse ulimit", e);
    }
    try {
      linuxResources = ResourceOptions.read(all);
    } catch (IllegalArgumentException e) {
      throw Failures.of("failed to parse resource limits", e);
    }
    networkMode = networkMode(option("force-network-mode"));
    String stages = all.get("no-cache");
    noCache = stages == null ? null : stages.isEmpty() ? List.of() : List.of(stages.split(",", -1));
    multiPlatform = readMultiPlatform();
    cacheImports = readCacheImports();
    String hostname = all.get("build-arg:BUILDKIT_SANDBOX_HOSTNAME");
    if (hostname != null && !hostname.isEmpty()) {
      all.put("hostname", hostname);
    }
  }

  /** Reads the options of a build. */
  public static FrontendOptions read(BuildOptions build) throws FrontendException {
    return new FrontendOptions(build);
  }

  private static List<Platform> platforms(String text) throws FrontendException {
    List<Platform> platforms = new ArrayList<>();
    if (!text.isEmpty()) {
      for (String specifier : text.split(",", -1)) {
        try {
          platforms.add(Platform.parse(specifier).normalized());
        } catch (IllegalArgumentException e) {
          throw Failures.of("failed to parse target platform " + specifier, e);
        }
      }
    }
    return List.copyOf(platforms);
  }

  private static ResolveMode resolveMode(String text) throws FrontendException {
    return switch (text) {
      case "", "default" -> ResolveMode.DEFAULT;
      case "pull" -> ResolveMode.FORCE_PULL;
      case "local" -> ResolveMode.PREFER_LOCAL;
      default -> throw FrontendException.user("invalid image-resolve-mode: " + text);
    };
  }

  private static NetworkMode networkMode(String text) throws FrontendException {
    return switch (text) {
      case "", "sandbox" -> NetworkMode.SANDBOX;
      case "none" -> NetworkMode.NONE;
      case "host" -> NetworkMode.HOST;
      default -> throw FrontendException.user("invalid netmode " + text);
    };
  }

  private static List<State.ExtraHost> extraHosts(String text) {
    List<State.ExtraHost> hosts = new ArrayList<>();
    if (!text.isEmpty()) {
      for (String field : GoValues.csv(text)) {
        String pair = field.toLowerCase(Locale.ROOT);
        int equals = pair.indexOf('=');
        if (equals < 0) {
          throw new IllegalArgumentException("invalid key-value pair " + field);
        }
        hosts.add(
            new State.ExtraHost(pair.substring(0, equals), address(pair.substring(equals + 1))));
      }
    }
    return List.copyOf(hosts);
  }

  /** The address in the form in which Go writes it. */
  private static String address(String text) {
    if (text.matches("[0-9a-f:.]*[0-9a-f:][0-9a-f:.]*")
        && (text.contains(":") || text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}"))) {
      try {
        byte[] bytes = InetAddress.getByName(text).getAddress();
        return bytes.length == 4
            ? InetAddress.getByAddress(bytes).getHostAddress()
            : InternetAddresses.format(bytes);
      } catch (UnknownHostException e) {
        throw new IllegalArgumentException("failed to parse IP " + text, e);
      }
    }
    throw new IllegalArgumentException("failed to parse IP " + text);
  }

  private static List<State.Ulimit> ulimits(String text) {
    List<State.Ulimit> ulimits = new ArrayList<>();
    if (!text.isEmpty()) {
      for (String field : GoValues.csv(text)) {
        ulimits.add(ResourceOptions.ulimit(field));
      }
    }
    return List.copyOf(ulimits);
  }

  private boolean readMultiPlatform() throws FrontendException {
    String argument = option("build-arg:BUILDKIT_MULTI_PLATFORM");
    if (!argument.isEmpty()) {
      all.put("multi-platform", argument);
    }
    String text = option("multi-platform");
    boolean several = targetPlatforms.size() > 1;
    if (text.isEmpty()) {
      return several;
    }
    boolean asked =
        GoValues.parseBoolean(text)
            .orElseThrow(
                () -> FrontendException.user("invalid boolean value for multi-platform: " + text));
    if (!asked && several) {
      throw FrontendException.user(
          "conflicting config: returning multiple target platforms is not allowed");
    }
    return asked;
  }

  private List<CacheImport> readCacheImports() throws FrontendException {
    List<CacheImport> imports = new ArrayList<>();
    String json = option("cache-imports");
    if (!json.isEmpty()) {
      try {
        if (!(Json.parse(json) instanceof List<?> entries)) {
          throw new JsonException("not a list");
        }
        for (Object entry : entries) {
          if (!(entry instanceof Map<?, ?> members)) {
            throw new JsonException("an element is not an object");
          }
          Map<String, String> attributes = new LinkedHashMap<>();
          if (member(members, "Attrs") instanceof Map<?, ?> attrs) {
            attrs.forEach((k, v) -> attributes.put(String.valueOf(k), String.valueOf(v)));
          }
          Object type = member(members, "Type");
          imports.add(new CacheImport(type == null ? "" : type.toString(), attributes));
        }
      } catch (JsonException e) {
        throw Failures.of("failed to unmarshal cache-imports (" + GoValues.quote(json) + ")", e);
      }
    }
    String references = option("cache-from");
    if (!references.isEmpty()) {
      for (String reference : references.split(",", -1)) {
        imports.add(new CacheImport("registry", Map.of("ref", reference)));
      }
    }
    return List.copyOf(imports);
  }

  private static @Nullable Object member(Map<?, ?> members, String name) {
    for (Map.Entry<?, ?> member : members.entrySet()) {
      if (String.valueOf(member.getKey()).equalsIgnoreCase(name)) {
        return member.getValue();
      }
    }
    return null;
  }

  private Map<String, String> withPrefix(String prefix) {
    Map<String, String> found = new LinkedHashMap<>();
    all.forEach((key, value) -> {
      if (key.startsWith(prefix)) {
        found.put(key.substring(prefix.length()), value);
      }
    });
    return found;
  }

  /** All options by name, those that stand for others filled in. */
  public Map<String, String> all() {
    return Collections.unmodifiableMap(all);
  }

  /** The value of an option; empty if it is not given. */
  public String option(String name) {
    return all.getOrDefault(name, "");
  }

  /** The value of an option, if it is given. */
  public Optional<String> find(String name) {
    return Optional.ofNullable(all.get(name));
  }

  /** Takes another value for an option. */
  void put(String name, String value) {
    all.put(name, value);
  }

  /** Build arguments by name. */
  public Map<String, String> buildArguments() {
    return withPrefix(BUILD_ARG);
  }

  /** Labels of the image by key. */
  public Map<String, String> labels() {
    return withPrefix(LABEL);
  }

  /** Sessions of local sources by the name of the source, where they are not the build's. */
  public Map<String, String> localSessions() {
    return withPrefix(LOCAL_SESSION);
  }

  /** The stage or part to build; empty for the default. */
  public String target() {
    return option("target");
  }

  /** The platforms to build for; none if the build names none. */
  public List<Platform> targetPlatforms() {
    return targetPlatforms;
  }

  /** The platforms that the build runs on; at least one. */
  public List<Platform> buildPlatforms() {
    return buildPlatforms;
  }

  /** Whether the result has a reference for each platform, even if it is one. */
  public boolean multiPlatform() {
    return multiPlatform;
  }

  /** Where images are looked up. */
  public ResolveMode resolveMode() {
    return resolveMode;
  }

  /** Lines for the hosts file of commands. */
  public List<State.ExtraHost> extraHosts() {
    return extraHosts;
  }

  /** Bytes of shared memory of commands; 0 for the usual. */
  public long shmSize() {
    return shmSize;
  }

  /** Limits of the processes of commands. */
  public List<State.Ulimit> ulimits() {
    return ulimits;
  }

  /** Limits of the containers of commands. */
  public Optional<LinuxResources> linuxResources() {
    return Optional.ofNullable(linuxResources);
  }

  /** The network of commands that say nothing. */
  public NetworkMode networkMode() {
    return networkMode;
  }

  /** Whether a stage is built although results are known; its name may be empty. */
  public boolean isNoCache(String stage) {
    if (noCache == null) {
      return false;
    }
    if (noCache.isEmpty()) {
      return true;
    }
    for (String name : noCache) {
      if (name.equalsIgnoreCase(stage)) {
        return true;
      }
    }
    return false;
  }

  /** Caches that the build imports. */
  public List<CacheImport> cacheImports() {
    return cacheImports;
  }

  /** What the names of cache mounts begin with. */
  public String cacheNamespace() {
    return option("build-arg:BUILDKIT_CACHE_MOUNT_NS");
  }

  /** The parent of the cgroups of commands; empty for the usual. */
  public String cgroupParent() {
    return option("cgroup-parent");
  }

  /** The host name that commands see; empty for the usual. */
  public String hostname() {
    return option("hostname");
  }
}
