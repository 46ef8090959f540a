package dev.gatehouse.testkit;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.LlbCapabilities;
import dev.gatehouse.frontend.ProcessRequest;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.SourceMetadata;
import dev.gatehouse.frontend.SourceRequest;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.frontend.WorkerInfo;
import dev.gatehouse.frontend.server.GatewayBackend;
import dev.gatehouse.frontend.server.GatewayClients;
import dev.gatehouse.frontend.server.GatewayService;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.Op;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A gateway without a daemon: local sources are folders, images come from a function, nothing is
 * solved.
 *
 * <p>A frontend runs against it through the real client and server of the protocol. It records what
 * it is asked. A reference whose definition is a source can be read when a folder is mapped to that
 * source; one whose definition has an operation to run cannot, and says so. One gateway serves one
 * build at a time.
 */
public final class InMemoryGateway implements GatewayBackend {

  /** Looks up images. */
  @FunctionalInterface
  public interface ImageResolver {
    /**
     * @param reference as the frontend gave it
     * @return empty when there is no such image
     */
    Optional<ResolvedImage> resolve(String reference, ImageResolveOptions options)
        throws FrontendException;
  }

  /** Looks up sources that are no images. */
  @FunctionalInterface
  public interface SourceResolver {
    /**
     * @return empty when the source has no facts
     */
    Optional<SourceMetadata> resolve(SourceRequest request) throws FrontendException;
  }

  /** Stands for the processes that a frontend runs in containers. */
  @FunctionalInterface
  public interface ProcessRunner {
    /**
     * Does what the process is supposed to do, such as writing to its standard output.
     *
     * @return its exit code
     */
    int run(ContainerRequest container, ProcessRequest process)
        throws FrontendException, InterruptedException, IOException;
  }

  private final Builder config;
  private final Map<String, Definition> inputs;
  private final List<SolveRequest> solves;
  private final List<Warning> warnings;
  private final List<String> resolved;

  private InMemoryGateway(Builder config) {
    this.config = config;
    inputs = config.inputs;
    solves = Collections.synchronizedList(new ArrayList<>());
    warnings = Collections.synchronizedList(new ArrayList<>());
    resolved = Collections.synchronizedList(new ArrayList<>());
  }

  /** What a nested frontend sees: the same, with inputs of its own. */
  private InMemoryGateway(InMemoryGateway outer, Map<String, Definition> inputs) {
    config = outer.config;
    this.inputs = inputs;
    solves = outer.solves;
    warnings = outer.warnings;
    resolved = outer.resolved;
  }

  /** A gateway in which every local source is empty. */
  public static Builder builder() {
    return new Builder(null);
  }

  /** A gateway in which every local source that is not mapped otherwise is this folder. */
  public static Builder builder(Path folder) {
    return new Builder(folder);
  }

  /**
   * Runs a frontend through the protocol, in this thread; its result has references of this
   * gateway.
   */
  public Result build(Frontend frontend) throws FrontendException, InterruptedException {
    return build(frontend, config.options);
  }

  private Result build(Frontend frontend, Map<String, String> options)
      throws FrontendException, InterruptedException {
    try (GatewayService service = new GatewayService(this)) {
      return GatewayClients.run(
          frontend,
          service,
          new GatewayClients.Facts(options, config.sessionId, config.product, workers()));
    }
  }

  /** What was handed to the solver, in order. */
  public List<SolveRequest> solves() {
    return List.copyOf(solves);
  }

  /** The warnings that were shown, in order. */
  public List<Warning> warnings() {
    return List.copyOf(warnings);
  }

  /** The images and other sources that were looked up, in order and as often as they were. */
  public List<String> resolved() {
    return List.copyOf(resolved);
  }

  /** Forgets what was recorded. */
  public void clear() {
    solves.clear();
    warnings.clear();
    resolved.clear();
  }

  @Override
  public CapabilitySet llbCapabilities() {
    return config.llbCapabilities;
  }

  @Override
  public CapabilitySet gatewayCapabilities() {
    return config.gatewayCapabilities;
  }

  @Override
  public List<WorkerInfo> workers() {
    return List.of(new WorkerInfo("in-memory", Map.of(), config.platforms));
  }

  @Override
  public Map<String, Definition> inputs() {
    return inputs;
  }

  @Override
  public Result solve(SolveRequest request) throws FrontendException, InterruptedException {
    solves.add(request);
    if (!request.frontend().isEmpty()) {
      Frontend nested = config.frontends.get(request.frontend());
      if (nested == null) {
        throw FrontendException.builder(
                Category.USER,
                "frontend " + request.frontend() + " is not known to the in-memory gateway")
            .code("testkit.unknown-frontend")
            .hint("register it with InMemoryGateway.Builder.frontend")
            .build();
      }
      return new InMemoryGateway(this, request.frontendInputs())
          .build(nested, request.frontendOptions());
    }
    Definition definition = request.definition().orElse(Definition.SCRATCH);
    if (definition.isScratch()) {
      return Result.empty();
    }
    return Result.of(reference(definition));
  }

  private Reference reference(Definition definition) throws FrontendException {
    Op head = head(definition);
    if (head.getOpCase() == Op.OpCase.SOURCE) {
      String identifier = head.getSource().getIdentifier();
      Path folder = config.folders.get(identifier);
      if (folder != null) {
        return new FolderReference(definition, folder);
      }
      if (identifier.startsWith("local://")) {
        return new FolderReference(definition, config.folder);
      }
    }
    return new UnsolvedReference(definition, describe(head));
  }

  private static String describe(Op op) {
    return op.getOpCase() == Op.OpCase.SOURCE
        ? "source " + op.getSource().getIdentifier()
        : "operation " + op.getOpCase().name().toLowerCase(java.util.Locale.ROOT);
  }

  private static Op head(Definition definition) throws FrontendException {
    Digest digest =
        definition.head().orElseThrow(() -> FrontendException.internal("definition has no output"));
    for (byte[] bytes : definition.ops()) {
      if (Digest.sha256(bytes).equals(digest)) {
        try {
          return Op.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
          throw FrontendException.internal(
              "operation " + digest + " cannot be read: " + e.getMessage());
        }
      }
    }
    throw FrontendException.internal("definition has no operation " + digest);
  }

  @Override
  public ResolvedImage resolveImageConfig(String reference, ImageResolveOptions options)
      throws FrontendException {
    resolved.add(reference);
    Optional<ResolvedImage> image = config.images.resolve(reference, options);
    return image.orElseThrow(() ->
        FrontendException.builder(Category.USER, reference + ": not found")
            .code("image.not-found")
            .build());
  }

  @Override
  public SourceMetadata resolveSourceMetadata(SourceRequest r) throws FrontendException {
    for (String scheme : List.of("docker-image://", "oci-layout://")) {
      if (r.identifier().startsWith(scheme)) {
        ImageResolveOptions.OciLayout layout =
            scheme.equals("oci-layout://")
                ? new ImageResolveOptions.OciLayout(
                    r.attributes().getOrDefault("oci.session", ""),
                    r.attributes().getOrDefault("oci.store", ""))
                : null;
        ResolvedImage image =
            resolveImageConfig(
                r.identifier().substring(scheme.length()),
                new ImageResolveOptions(
                    r.platformOrNull(), r.resolveMode(), r.logName(), layout, r.sourcePolicies()));
        return new SourceMetadata(
            scheme + image.reference(),
            r.attributes(),
            new SourceMetadata.Image(image.digest(), image.config(), null),
            null,
            null);
      }
    }
    resolved.add(r.identifier());
    return config
        .sources
        .resolve(r)
        .orElseGet(() -> new SourceMetadata(r.identifier(), r.attributes(), null, null, null));
  }

  @Override
  public Container newContainer(ContainerRequest request) throws FrontendException {
    if (config.processes != null) {
      return new InMemoryContainer(request, config.processes);
    }
    throw FrontendException.builder(
            Category.ENVIRONMENT, "the in-memory gateway cannot run processes in containers")
        .code("testkit.no-containers")
        .hint("say what processes do with InMemoryGateway.Builder.processes")
        .build();
  }

  @Override
  public void warn(Warning warning) {
    warnings.add(warning);
  }

  /** Collects a gateway. */
  public static final class Builder {
    private final @Nullable Path folder;
    private final Map<String, Path> folders = new LinkedHashMap<>();
    private final Map<String, String> options = new LinkedHashMap<>();
    private final Map<String, Definition> inputs = new LinkedHashMap<>();
    private final Map<String, Frontend> frontends = new LinkedHashMap<>();
    private List<Platform> platforms = List.of(Platform.LINUX_AMD64);
    private String sessionId = "in-memory";
    private String product = "";
    private CapabilitySet llbCapabilities = LlbCapabilities.all();
    private CapabilitySet gatewayCapabilities =
        CapabilitySet.of(
            GatewayCapabilities.all().capabilities().values().stream()
                .filter(c -> !c.id().startsWith(GatewayCapabilities.EXEC))
                .toList());
    private ImageResolver images = (reference, options) -> Optional.empty();
    private SourceResolver sources = request -> Optional.empty();
    private @Nullable ProcessRunner processes;

    private Builder(@Nullable Path folder) {
      this.folder = folder;
    }

    /** Sets a frontend option. */
    public Builder option(String name, String value) {
      options.put(name, value);
      return this;
    }

    /** Sets frontend options. */
    public Builder options(Map<String, String> values) {
      options.putAll(values);
      return this;
    }

    /** Maps the local source of that name to a folder. */
    public Builder local(String name, Path path) {
      return source("local://" + name, path);
    }

    /** Maps a source to a folder, by its whole identifier. */
    public Builder source(String identifier, Path path) {
      folders.put(identifier, Objects.requireNonNull(path));
      return this;
    }

    /** Hands a definition to the frontend. */
    public Builder input(String name, Definition definition) {
      inputs.put(name, definition);
      return this;
    }

    /** Makes a frontend known for nested solves. */
    public Builder frontend(String name, Frontend frontend) {
      frontends.put(name, frontend);
      return this;
    }

    /** Sets the platforms of the worker; the first is its own. */
    public Builder platforms(List<Platform> values) {
      platforms = List.copyOf(values);
      return this;
    }

    public Builder sessionId(String value) {
      sessionId = Objects.requireNonNull(value);
      return this;
    }

    public Builder product(String value) {
      product = Objects.requireNonNull(value);
      return this;
    }

    public Builder llbCapabilities(CapabilitySet value) {
      llbCapabilities = Objects.requireNonNull(value);
      return this;
    }

    public Builder gatewayCapabilities(CapabilitySet value) {
      gatewayCapabilities = Objects.requireNonNull(value);
      return this;
    }

    /** Sets what is known of images; without it there are none. */
    public Builder images(ImageResolver value) {
      images = Objects.requireNonNull(value);
      return this;
    }

    /** Sets what is known of git and http sources; without it they have no facts. */
    public Builder sources(SourceResolver value) {
      sources = Objects.requireNonNull(value);
      return this;
    }

    /**
     * Sets what processes in containers do, and announces that there are such; without it the
     * gateway is one that runs none, as old build servers are.
     */
    public Builder processes(ProcessRunner value) {
      processes = Objects.requireNonNull(value);
      gatewayCapabilities = GatewayCapabilities.all();
      return this;
    }

    public InMemoryGateway build() {
      return new InMemoryGateway(this);
    }
  }
}
