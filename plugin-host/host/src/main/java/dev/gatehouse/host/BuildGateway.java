package dev.gatehouse.host;

import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.SourceMetadata;
import dev.gatehouse.frontend.SourcePolicy;
import dev.gatehouse.frontend.SourceRequest;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.frontend.WorkerInfo;
import dev.gatehouse.frontend.server.GatewayBackend;
import dev.gatehouse.frontend.server.WireFormat;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.source.ResolveOptions;
import dev.gatehouse.solver.worker.source.SourceMetadata.Git;
import dev.gatehouse.solver.worker.source.SourceMetadata.Http;
import dev.gatehouse.solver.worker.source.SourceMetadata.Image;
import dev.gatehouse.solver.worker.source.SourceMetadata.Nothing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** What one frontend of a build may ask for, done by the worker. */
final class BuildGateway implements GatewayBackend {
  private static final CapabilitySet GATEWAY =
      CapabilitySet.of(
          GatewayCapabilities.all().capabilities().values().stream()
              .filter(
                  c -> !c.id().equals(GatewayCapabilities.SOURCE_META_RESOLVER_IMAGE_ATTESTATIONS))
              .toList());

  private final HostedBuild build;
  private final Map<String, Definition> inputs;
  private final int depth;
  private final AtomicInteger warnings = new AtomicInteger();
  private final AtomicInteger nested = new AtomicInteger();

  BuildGateway(HostedBuild build, Map<String, Definition> inputs, int depth) {
    this.build = build;
    this.inputs = Map.copyOf(inputs);
    this.depth = depth;
  }

  @Override
  public CapabilitySet llbCapabilities() {
    return LlbCapabilities.ALL;
  }

  @Override
  public CapabilitySet gatewayCapabilities() {
    return GATEWAY;
  }

  @Override
  public List<WorkerInfo> workers() {
    return build.workers();
  }

  @Override
  public Map<String, Definition> inputs() {
    return inputs;
  }

  @Override
  public Result solve(SolveRequest request) throws FrontendException, InterruptedException {
    nested.incrementAndGet();
    try {
      return build.solve(request, depth + 1);
    } finally {
      nested.decrementAndGet();
    }
  }

  /** Whether the frontend waits for another frontend, whose silence is not its own. */
  boolean waitsForNested() {
    return nested.get() > 0;
  }

  @Override
  public ResolvedImage resolveImageConfig(String reference, ImageResolveOptions options)
      throws FrontendException, InterruptedException {
    Map<String, String> attributes = new HashMap<>();
    String scheme = "docker-image://";
    if (options.ociLayout().isPresent()) {
      ImageResolveOptions.OciLayout layout = options.ociLayout().get();
      scheme = "oci-layout://";
      attributes.put("oci.session", layout.sessionId());
      attributes.put("oci.store", layout.storeId());
    }
    dev.gatehouse.solver.worker.source.SourceMetadata found =
        resolve(
            scheme + reference,
            attributes,
            options.platform(),
            new ResolveOptions(options.resolveMode(), true, false, Optional.empty()),
            options.logName(),
            options.sourcePolicies());
    if (!(found.details() instanceof Image image)) {
      throw FrontendException.user(found.identifier() + " is no image");
    }
    String name = found.identifier().substring(found.identifier().indexOf("://") + 3);
    return new ResolvedImage(name, image.digest().toString(), image.config());
  }

  @Override
  public SourceMetadata resolveSourceMetadata(SourceRequest request)
      throws FrontendException, InterruptedException {
    if (request.image().isPresent()
        && (request.image().get().attestationChain()
            || !request.image().get().resolveAttestations().isEmpty())) {
      throw unavailable("the resolution of image attestations");
    }
    boolean config = request.image().isEmpty() || !request.image().get().noConfig();
    dev.gatehouse.solver.worker.source.SourceMetadata found =
        resolve(
            request.identifier(),
            request.attributes(),
            request.platform(),
            new ResolveOptions(
                request.resolveMode(),
                config,
                request.gitObjects(),
                request
                    .checksum()
                    .map(c ->
                        new ResolveOptions.ChecksumRequest(
                            c.algorithm().name().toLowerCase(Locale.ROOT), c.suffix()))),
            request.logName(),
            request.sourcePolicies());
    SourceMetadata.Image image = null;
    SourceMetadata.Git git = null;
    SourceMetadata.Http http = null;
    switch (found.details()) {
      case Image i -> image = new SourceMetadata.Image(i.digest().toString(), i.config(), null);
      case Git g ->
          git =
              new SourceMetadata.Git(
                  g.checksum(), g.reference(), g.commitChecksum(), g.commitObject(), g.tagObject());
      case Http h ->
          http =
              new SourceMetadata.Http(
                  h.checksum().toString(),
                  h.filename(),
                  h.lastModified().orElse(null),
                  h.requestedChecksum()
                      .map(d ->
                          new SourceMetadata.ChecksumAnswer(
                              d.toString(),
                              request
                                  .checksum()
                                  .map(SourceRequest.Checksum::suffix)
                                  .orElse(new byte[0])))
                      .orElse(null));
      case Nothing n -> {}
    }
    return new SourceMetadata(found.identifier(), found.attributes(), image, git, http);
  }

  private dev.gatehouse.solver.worker.source.SourceMetadata resolve(
      String identifier,
      Map<String, String> attributes,
      Optional<Platform> platform,
      ResolveOptions options,
      String logName,
      List<SourcePolicy> policies)
      throws FrontendException, InterruptedException {
    try (Activity.Call call = build.activity().call()) {
      return build
          .build()
          .resolve(
              identifier,
              attributes,
              platform,
              options,
              logName,
              policies.stream().map(WireFormat::bytes).toList());
    } catch (SolveException e) {
      throw Failures.of(e, null);
    } catch (IOException e) {
      throw Failures.of(e);
    }
  }

  @Override
  public Container newContainer(ContainerRequest request)
      throws FrontendException, InterruptedException {
    try (Activity.Call call = build.activity().call()) {
      return FrontendContainer.open(build, request);
    }
  }

  @Override
  public void warn(Warning warning) throws FrontendException {
    int count = warnings.incrementAndGet();
    int limit = build.host().options().maxWarnings();
    if (count > limit) {
      throw FrontendException.builder(
              Category.USER, "the frontend gave more than " + limit + " warnings")
          .status(StatusCode.RESOURCE_EXHAUSTED)
          .code("frontend.too-many-warnings")
          .build();
    }
    Digest vertex;
    try {
      vertex =
          warning.vertexDigest().isEmpty()
              ? Digest.sha256("")
              : Digest.parse(warning.vertexDigest());
    } catch (IllegalArgumentException e) {
      throw FrontendException.builder(
              Category.USER, "a warning names no vertex: " + warning.vertexDigest())
          .status(StatusCode.INVALID_ARGUMENT)
          .cause(e)
          .build();
    }
    build
        .progress()
        .accept(
            new ProgressEvent.VertexWarning(
                vertex,
                warning.level(),
                warning.message(),
                warning.details(),
                warning.url(),
                warning.file().map(file -> excerpt(file, warning.ranges()))));
  }

  private static ProgressEvent.SourceExcerpt excerpt(SourceMap file, List<SourceRange> ranges) {
    List<ProgressEvent.SourceRange> converted = new ArrayList<>();
    for (SourceRange r : ranges) {
      converted.add(
          new ProgressEvent.SourceRange(
              r.startLine(), r.startCharacter(), r.endLine(), r.endCharacter()));
    }
    return new ProgressEvent.SourceExcerpt(
        file.filename(), file.language(), file.data(), converted);
  }

  private static FrontendException unavailable(String feature) {
    return FrontendException.builder(
            Category.ENVIRONMENT, feature + " is not available in Gatehouse")
        .status(StatusCode.UNIMPLEMENTED)
        .code("gateway.unavailable")
        .build();
  }
}
