package dev.gatehouse.solver.worker.provenance;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.Definition;
import dev.gatehouse.protocol.pb.ExecOp;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.protocol.pb.NetMode;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.SecretEnv;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The provenance of one result: a SLSA predicate, version 1 or 0.2, with the members that BuildKit
 * gives it but for the steps of the definition.
 */
public final class Provenance {
  private static final String BUILD_TYPE_1 =
      "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md";
  private static final String BUILD_TYPE_02 = "https://mobyproject.org/buildkit@v1";
  private static final Set<String> HOST_SPECIFIC =
      Set.of("cgroup-parent", "image-resolve-mode", "platform", "cache-imports");

  private Provenance() {}

  /**
   * What a build was asked for.
   *
   * @param frontend its name; empty for a definition without frontend
   * @param options of the frontend
   * @param invocationId the build's reference
   */
  public record Request(
      String frontend,
      Map<String, String> options,
      String invocationId,
      Instant startedOn,
      Instant finishedOn) {
    public Request {
      options = Map.copyOf(options);
    }
  }

  /**
   * The predicate of a result.
   *
   * @param sources that took part in it, with the versions they turned out to be
   * @param definition the {@code pb.Definition} it was built of, empty for scratch
   * @throws SolveException with category USER if completeness is demanded and cannot be had
   */
  public static Attestation attestation(
      ProvenanceOptions options, Request request, List<ResolvedSource> sources, byte[] definition)
      throws SolveException {
    Facts facts = facts(definition);
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
    Parts parts = parts(options, request, facts, locals, materials);
    boolean v1 = options.version().equals("v1");
    Map<String, Object> predicate =
        v1
            ? version1(options, request, parts, materials, complete, complete && !facts.network)
            : version02(options, request, parts, materials, complete, complete && !facts.network);
    return Attestation.of(
        v1 ? "https://slsa.dev/provenance/v1" : "https://slsa.dev/provenance/v0.2",
        options.filename(),
        Json.bytes(predicate),
        Map.of(
            "reason", "provenance".getBytes(StandardCharsets.UTF_8),
            "inline-only",
                Boolean.toString(options.inlineOnly()).getBytes(StandardCharsets.UTF_8)));
  }

  /** What a definition's processes could reach. */
  private record Facts(
      boolean network, Map<String, Boolean> secrets, Map<String, Boolean> agents) {}

  private static Facts facts(byte[] definition) {
    boolean network = false;
    Map<String, Boolean> secrets = new TreeMap<>();
    Map<String, Boolean> agents = new TreeMap<>();
    try {
      for (ByteString bytes : Definition.parseFrom(definition).getDefList()) {
        Op op = Op.parseFrom(bytes);
        if (!op.hasExec()) {
          continue;
        }
        ExecOp exec = op.getExec();
        network |= exec.getNetwork() != NetMode.NONE;
        for (Mount m : exec.getMountsList()) {
          if (m.hasSecretOpt()) {
            secrets.merge(
                m.getSecretOpt().getID(), m.getSecretOpt().getOptional(), Boolean::logicalAnd);
          }
          if (m.hasSSHOpt()) {
            agents.merge(m.getSSHOpt().getID(), m.getSSHOpt().getOptional(), Boolean::logicalAnd);
          }
        }
        for (SecretEnv s : exec.getSecretenvList()) {
          secrets.merge(s.getID(), s.getOptional(), Boolean::logicalAnd);
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("not a definition", e);
    }
    return new Facts(network, secrets, agents);
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
   * @param configUri where the build's instructions come from
   * @param request the parameters
   * @param complete whether nothing of the request was left out
   * @param vcs what the client says of its repository
   */
  private record Parts(
      String configUri,
      @Nullable Object configDigest,
      String configPath,
      Map<String, Object> request,
      boolean complete,
      Map<String, String> vcs) {}

  private static Parts parts(
      ProvenanceOptions options,
      Request request,
      Facts facts,
      Set<String> locals,
      List<Map<String, Object>> materials) {
    Map<String, String> args = new TreeMap<>();
    Map<String, String> vcs = new TreeMap<>();
    String contextKey = request.options().getOrDefault("contextkey", "");
    if (contextKey.isEmpty()) {
      contextKey =
          request.options().getOrDefault("input:context", "").isEmpty()
              ? "context"
              : "input:context";
    }
    boolean complete = !request.frontend().isEmpty();
    for (Map.Entry<String, String> o : request.options().entrySet()) {
      String key = o.getKey();
      String value = o.getValue();
      if (HOST_SPECIFIC.contains(key)
          || key.startsWith("attest:")
          || key.equals(contextKey)
          || key.equals("filename")) {
        continue;
      }
      if (key.startsWith("vcs:")) {
        if (!value.isEmpty()) {
          vcs.put(key.substring("vcs:".length()), key.equals("vcs:source") ? redact(value) : value);
        }
      } else if (options.mode() == ProvenanceOptions.Mode.MIN
          && (key.startsWith("build-arg:") || key.startsWith("label:"))) {
        complete = false;
      } else {
        args.put(key, key.startsWith("context:") ? redact(value) : value);
      }
    }
    Map<String, Object> json = new LinkedHashMap<>();
    if (!request.frontend().isEmpty()) {
      json.put("frontend", request.frontend());
    }
    if (!args.isEmpty()) {
      json.put("args", args);
    }
    if (options.mode() == ProvenanceOptions.Mode.MAX) {
      putIds(json, "secrets", facts.secrets);
      putIds(json, "ssh", facts.agents);
    }
    if (!locals.isEmpty()) {
      json.put("locals", locals.stream().map(n -> Map.of("name", n)).toList());
    }
    String uri = redact(request.options().getOrDefault(contextKey, ""));
    Object digest = null;
    String bare = uri.indexOf('#') < 0 ? uri : uri.substring(0, uri.indexOf('#'));
    for (Map<String, Object> m : materials) {
      if (String.valueOf(m.get("uri")).replaceAll("#.*", "").equals(bare)) {
        digest = m.get("digest");
      }
    }
    return new Parts(
        uri, digest, request.options().getOrDefault("filename", ""), json, complete, vcs);
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
    external.put("configSource", configSource(parts, "path"));
    external.put("request", parts.request);
    definition.put("externalParameters", external);
    definition.put(
        "internalParameters", Map.of("builderPlatform", Platform.host().normalized().format()));

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
    invocation.put("configSource", configSource(parts, "entryPoint"));
    invocation.put("parameters", parts.request);
    invocation.put("environment", Map.of("platform", Platform.host().normalized().format()));
    predicate.put("invocation", invocation);

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

  private static Map<String, Object> configSource(Parts parts, String pathKey) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (!parts.configUri.isEmpty()) {
      json.put("uri", parts.configUri);
    }
    if (parts.configDigest != null) {
      json.put("digest", parts.configDigest);
    }
    if (!parts.configPath.isEmpty()) {
      json.put(pathKey, parts.configPath);
    }
    return json;
  }

  private static Map<String, Object> buildKitMetadata(Parts parts) {
    return parts.vcs.isEmpty() ? Map.of() : Map.of("vcs", parts.vcs);
  }

  private static String time(Instant t) {
    return t.truncatedTo(ChronoUnit.MICROS).toString();
  }
}
