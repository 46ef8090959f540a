package dev.gatehouse.solver.worker.provenance;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.Definition;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.export.Attestation;
import dev.gatehouse.solver.worker.export.PackageUrls;
import dev.gatehouse.solver.worker.op.ResolvedSource;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The provenance of one result: a SLSA predicate, version 1 or 0.2, with the members that BuildKit
 * gives it but for those of its layers and of what the processes consumed.
 */
public final class Provenance {
  private static final String BUILD_TYPE_1 =
      "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md";
  private static final String BUILD_TYPE_02 = "https://mobyproject.org/buildkit@v1";

  /** The behaviour that results follow: BuildKit's since version 0.31. */
  private static final int COMPATIBILITY = 30;

  private static final Set<String> HOST_SPECIFIC =
      Set.of("cgroup-parent", "image-resolve-mode", "platform", "cache-imports");

  private Provenance() {}

  /**
   * What a build was asked for.
   *
   * @param asked the request that made the result
   * @param root the request of the client, if that is another one
   * @param invocationId the build's reference
   */
  public record Request(
      Call asked,
      Optional<Call> root,
      String invocationId,
      Instant startedOn,
      Instant finishedOn) {}

  /**
   * A request to a frontend.
   *
   * @param frontend its name; empty for a definition without frontend
   * @param options of the frontend
   */
  public record Call(String frontend, Map<String, String> options) {
    public Call {
      options = Map.copyOf(options);
    }
  }

  /**
   * What was solved.
   *
   * @param sources that took part in it, with the versions they turned out to be
   * @param definition the {@code pb.Definition} it was built of, empty for scratch
   */
  @SuppressWarnings("ArrayRecordComponent") // wire content, which nobody compares
  public record Part(List<ResolvedSource> sources, byte[] definition) {
    public Part {
      sources = List.copyOf(sources);
    }
  }

  /**
   * The predicate of a result.
   *
   * @param others what was solved on the way: files that the frontend read
   * @throws SolveException with category USER if completeness is demanded and cannot be had
   */
  public static Attestation attestation(
      ProvenanceOptions options, Request request, Part result, List<Part> others)
      throws SolveException {
    Definition graph = definition(result.definition());
    Facts facts = new Facts();
    Set<ResolvedSource> sources = new LinkedHashSet<>(result.sources());
    facts.add(graph);
    for (Part other : others) {
      sources.addAll(other.sources());
      facts.add(definition(other.definition()));
    }
    List<Map<String, Object>> materials = new ArrayList<>();
    Set<String> locals = new TreeSet<>();
    for (ResolvedSource s : sources) {
      Optional<Map<String, Object>> material = material(s);
      if (material.isPresent()) {
        materials.add(material.get());
      } else if (s.identifier().startsWith("local://")) {
        locals.add(s.identifier().substring("local://".length()));
      }
    }
    boolean complete = locals.isEmpty();
    if (options.completeMaterials() && !complete) {
      throw new SolveException(
          "provenance.incomplete",
          ErrorCategory.USER,
          "provenance materials are incomplete: local sources " + String.join(", ", locals));
    }
    Parts parts = parts(options, request, facts, locals, materials, graph);
    boolean v1 = options.version().equals("v1");
    Map<String, Object> predicate =
        v1
            ? version1(options, request, parts, materials, complete, complete && !facts.network())
            : version02(options, request, parts, materials, complete, complete && !facts.network());
    return Attestation.of(
        v1 ? "https://slsa.dev/provenance/v1" : "https://slsa.dev/provenance/v0.2",
        options.filename(),
        Json.bytes(predicate),
        Map.of(
            "reason", "provenance".getBytes(StandardCharsets.UTF_8),
            "inline-only",
                Boolean.toString(options.inlineOnly()).getBytes(StandardCharsets.UTF_8)));
  }

  private static Definition definition(byte[] bytes) {
    try {
      return Definition.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("not a definition", e);
    }
  }

  private static Optional<Map<String, Object>> material(ResolvedSource s) {
    int scheme = s.identifier().indexOf("://");
    String reference = s.identifier().substring(scheme + 3);
    Map<String, Object> json = new LinkedHashMap<>();
    switch (s.identifier().substring(0, Math.max(0, scheme))) {
      case "docker-image" -> json.put("uri", PackageUrls.image("docker", reference, s.platform()));
      case "oci-layout" -> json.put("uri", PackageUrls.image("oci", reference, s.platform()));
      case "git" -> {
        json.put("uri", redact(s.attributes().getOrDefault("git.fullurl", s.identifier())));
        json.put("digest", Map.of(s.pin().length() == 64 ? "sha256" : "sha1", s.pin()));
        return Optional.of(json);
      }
      case "http", "https" -> json.put("uri", redact(s.identifier()));
      default -> {
        return Optional.empty();
      }
    }
    int colon = s.pin().indexOf(':');
    if (colon > 0) {
      json.put("digest", Map.of(s.pin().substring(0, colon), s.pin().substring(colon + 1)));
    }
    return Optional.of(json);
  }

  /** The URL with {@code xxxxx} for name and password. */
  static String redact(String url) {
    int start = url.indexOf("://");
    if (start < 0) {
      return url;
    }
    int end = url.indexOf('/', start + 3);
    int at = url.lastIndexOf('@', end < 0 ? url.length() - 1 : end);
    if (at < start) {
      return url;
    }
    boolean both = url.substring(start + 3, at).contains(":");
    return url.substring(0, start + 3) + (both ? "xxxxx:xxxxx" : "xxxxx") + url.substring(at);
  }

  /**
   * What both versions say in other words.
   *
   * @param source where the build's instructions come from
   * @param request the parameters
   * @param complete whether nothing of the request was left out
   * @param vcs what the client says of its repository
   * @param steps the steps of the definition; empty if they are not told
   * @param sources the files that the steps come from, and where there
   */
  private record Parts(
      ConfigSource source,
      Map<String, Object> request,
      boolean complete,
      Map<String, String> vcs,
      Map<String, Object> steps,
      Map<String, Object> sources) {}

  /** Where a build's instructions come from: a URI with its digest, and a path below it. */
  private record ConfigSource(String uri, @Nullable Object digest, String path) {
    Map<String, Object> toJson(String pathKey) {
      Map<String, Object> json = new LinkedHashMap<>();
      if (!uri.isEmpty()) {
        json.put("uri", uri);
      }
      if (digest != null) {
        json.put("digest", digest);
      }
      if (!path.isEmpty()) {
        json.put(pathKey, path);
      }
      return json;
    }
  }

  private static Parts parts(
      ProvenanceOptions options,
      Request request,
      Facts facts,
      Set<String> locals,
      List<Map<String, Object>> materials,
      Definition definition) {
    boolean max = options.mode() == ProvenanceOptions.Mode.MAX;
    Map<String, String> args = arguments(request.asked());
    Map<String, String> vcs = new TreeMap<>();
    args.forEach((key, value) -> {
      if (key.startsWith("vcs:") && !value.isEmpty()) {
        vcs.put(key.substring("vcs:".length()), key.equals("vcs:source") ? redact(value) : value);
      }
    });
    args.keySet().removeIf(key -> key.startsWith("vcs:"));
    boolean complete = !request.asked().frontend().isEmpty();
    if (!max) {
      complete &= !scrub(args);
    }
    Map<String, Object> json = call(request.asked().frontend(), args);
    if (max) {
      putIds(json, "secrets", facts.secrets());
      putIds(json, "ssh", facts.agents());
    }
    if (!locals.isEmpty()) {
      json.put("locals", locals.stream().map(n -> Map.of("name", n)).toList());
    }
    if (request.root().isPresent() && !request.root().get().equals(request.asked())) {
      Map<String, String> asked = arguments(request.root().get());
      if (!max) {
        complete &= !scrub(asked);
      }
      Map<String, Object> root = new LinkedHashMap<>();
      root.put("configSource", source(request.root().get(), materials).toJson("path"));
      root.put("request", call(request.root().get().frontend(), asked));
      json.put("root", root);
    }
    json.put("compatibilityVersion", COMPATIBILITY);
    BuildSteps steps = BuildSteps.of(definition);
    return new Parts(
        source(request.asked(), materials),
        json,
        complete,
        vcs,
        max ? steps.toJson() : Map.of(),
        max ? steps.source(definition) : Map.of());
  }

  private static Map<String, Object> call(String frontend, Map<String, String> args) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (!frontend.isEmpty()) {
      json.put("frontend", frontend);
    }
    if (!args.isEmpty()) {
      json.put("args", args);
    }
    return json;
  }

  /** The options but for what is told elsewhere or says more of this machine than of the build. */
  private static Map<String, String> arguments(Call call) {
    String contextKey = contextKey(call);
    Map<String, String> args = new TreeMap<>();
    call.options()
        .forEach((key, value) -> {
          if (!HOST_SPECIFIC.contains(key)
              && !key.startsWith("attest:")
              && !key.equals(contextKey)
              && !key.equals("filename")) {
            args.put(key, key.startsWith("context:") ? redact(value) : value);
          }
        });
    return args;
  }

  /** Removes what the minimum does not tell; whether there was any. */
  private static boolean scrub(Map<String, String> args) {
    return args.keySet().removeIf(key -> key.startsWith("build-arg:") || key.startsWith("label:"));
  }

  private static String contextKey(Call call) {
    String named = call.options().getOrDefault("contextkey", "");
    if (!named.isEmpty()) {
      return named;
    }
    return call.options().getOrDefault("input:context", "").isEmpty() ? "context" : "input:context";
  }

  private static ConfigSource source(Call call, List<Map<String, Object>> materials) {
    String uri = redact(call.options().getOrDefault(contextKey(call), ""));
    Object digest = null;
    String bare = uri.indexOf('#') < 0 ? uri : uri.substring(0, uri.indexOf('#'));
    for (Map<String, Object> m : materials) {
      if (String.valueOf(m.get("uri")).replaceAll("#.*", "").equals(bare)) {
        digest = m.get("digest");
      }
    }
    return new ConfigSource(uri, digest, call.options().getOrDefault("filename", ""));
  }

  private static void putIds(Map<String, Object> json, String key, Map<String, Boolean> ids) {
    if (ids.isEmpty()) {
      return;
    }
    List<Object> all = new ArrayList<>();
    ids.forEach((id, optional) -> {
      Map<String, Object> item = new LinkedHashMap<>();
      item.put("id", id);
      if (optional) {
        item.put("optional", true);
      }
      all.add(item);
    });
    json.put(key, all);
  }

  private static Map<String, Object> version1(
      ProvenanceOptions options,
      Request request,
      Parts parts,
      List<Map<String, Object>> materials,
      boolean complete,
      boolean hermetic) {
    Map<String, Object> definition = new LinkedHashMap<>();
    definition.put("buildType", BUILD_TYPE_1);
    if (!materials.isEmpty()) {
      definition.put("resolvedDependencies", materials);
    }
    Map<String, Object> external = new LinkedHashMap<>();
    external.put("configSource", parts.source.toJson("path"));
    external.put("request", parts.request);
    definition.put("externalParameters", external);
    Map<String, Object> internal = new LinkedHashMap<>();
    if (options.mode() == ProvenanceOptions.Mode.MAX) {
      internal.put("buildConfig", parts.steps);
    }
    internal.put("builderPlatform", Platform.host().normalized().format());
    definition.put("internalParameters", internal);

    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("invocationId", request.invocationId());
    metadata.put("startedOn", time(request.startedOn()));
    metadata.put("finishedOn", time(request.finishedOn()));
    metadata.put("buildkit_metadata", buildKitMetadata(parts));
    if (hermetic) {
      metadata.put("buildkit_hermetic", true);
    }
    Map<String, Object> completeness = new LinkedHashMap<>();
    completeness.put("request", parts.complete);
    completeness.put("resolvedDependencies", complete);
    metadata.put("buildkit_completeness", completeness);
    if (options.reproducible()) {
      metadata.put("buildkit_reproducible", true);
    }
    Map<String, Object> run = new LinkedHashMap<>();
    run.put("builder", Map.of("id", options.builderId()));
    run.put("metadata", metadata);

    Map<String, Object> predicate = new LinkedHashMap<>();
    predicate.put("buildDefinition", definition);
    predicate.put("runDetails", run);
    return predicate;
  }

  private static Map<String, Object> version02(
      ProvenanceOptions options,
      Request request,
      Parts parts,
      List<Map<String, Object>> materials,
      boolean complete,
      boolean hermetic) {
    Map<String, Object> predicate = new LinkedHashMap<>();
    predicate.put("builder", Map.of("id", options.builderId()));
    predicate.put("buildType", BUILD_TYPE_02);
    if (!materials.isEmpty()) {
      predicate.put("materials", materials);
    }
    Map<String, Object> invocation = new LinkedHashMap<>();
    invocation.put("configSource", parts.source.toJson("entryPoint"));
    invocation.put("parameters", parts.request);
    invocation.put("environment", Map.of("platform", Platform.host().normalized().format()));
    predicate.put("invocation", invocation);
    if (options.mode() == ProvenanceOptions.Mode.MAX) {
      predicate.put("buildConfig", parts.steps);
    }

    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("buildInvocationID", request.invocationId());
    metadata.put("buildStartedOn", time(request.startedOn()));
    metadata.put("buildFinishedOn", time(request.finishedOn()));
    Map<String, Object> completeness = new LinkedHashMap<>();
    completeness.put("parameters", parts.complete);
    completeness.put("environment", true);
    completeness.put("materials", complete);
    metadata.put("completeness", completeness);
    metadata.put("reproducible", options.reproducible());
    metadata.put("https://mobyproject.org/buildkit@v1#metadata", buildKitMetadata(parts));
    if (hermetic) {
      metadata.put("https://mobyproject.org/buildkit@v1#hermetic", true);
    }
    predicate.put("metadata", metadata);
    return predicate;
  }

  private static Map<String, Object> buildKitMetadata(Parts parts) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (!parts.vcs.isEmpty()) {
      json.put("vcs", parts.vcs);
    }
    if (!parts.sources.isEmpty()) {
      json.put("source", parts.sources);
    }
    return json;
  }

  private static String time(Instant t) {
    return t.truncatedTo(ChronoUnit.MICROS).toString();
  }
}
