package dev.gatehouse.frontend.server;

import com.google.protobuf.ByteString;
import dev.gatehouse.frontend.Attestation;
import dev.gatehouse.frontend.BuildOptions;
import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerMount;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.SourceMetadata;
import dev.gatehouse.frontend.SourcePolicy;
import dev.gatehouse.frontend.SourceRequest;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbException;
import dev.gatehouse.llb.OpMetadata;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.gateway.Attestations;
import dev.gatehouse.protocol.gateway.ChecksumRequest;
import dev.gatehouse.protocol.gateway.EvaluateRequest;
import dev.gatehouse.protocol.gateway.FileRange;
import dev.gatehouse.protocol.gateway.InputsRequest;
import dev.gatehouse.protocol.gateway.NewContainerRequest;
import dev.gatehouse.protocol.gateway.ReadDirRequest;
import dev.gatehouse.protocol.gateway.ReadFileRequest;
import dev.gatehouse.protocol.gateway.Ref;
import dev.gatehouse.protocol.gateway.ResolveImageConfigRequest;
import dev.gatehouse.protocol.gateway.ResolveImageConfigResponse;
import dev.gatehouse.protocol.gateway.ResolveSourceGitRequest;
import dev.gatehouse.protocol.gateway.ResolveSourceHTTPRequest;
import dev.gatehouse.protocol.gateway.ResolveSourceImageRequest;
import dev.gatehouse.protocol.gateway.ResolveSourceMetaRequest;
import dev.gatehouse.protocol.gateway.SolveResponse;
import dev.gatehouse.protocol.gateway.StatFileRequest;
import dev.gatehouse.protocol.gateway.WarnRequest;
import dev.gatehouse.protocol.pb.HostIP;
import dev.gatehouse.protocol.pb.NetMode;
import dev.gatehouse.protocol.pb.SourceOp;
import dev.gatehouse.protocol.pb.WorkerConstraints;
import dev.gatehouse.protocol.sourcepolicy.Policy;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The one client of {@code moby.buildkit.v1.frontend.LLBBridge}, over any {@link LlbBridge}. */
final class BridgeClient implements GatewayClient, AutoCloseable {
  private static final String IMAGE = "docker-image://";
  private static final String OCI_LAYOUT = "oci-layout://";

  private final LlbBridge bridge;
  private final BuildOptions options;
  private final CapabilitySet capabilities;
  private final ProcessStream processes;
  private final Map<String, dev.gatehouse.protocol.gateway.SolveRequest> requests =
      new ConcurrentHashMap<>();

  BridgeClient(LlbBridge bridge, BuildOptions options) {
    this.bridge = bridge;
    this.options = options;
    this.capabilities = options.gatewayCapabilities();
    this.processes = new ProcessStream(bridge);
  }

  interface Call<A> {
    A run() throws RpcException, InterruptedException;
  }

  static <A> A call(Call<A> call) throws FrontendException, InterruptedException {
    try {
      return call.run();
    } catch (RpcException e) {
      throw Statuses.fromRpc(e);
    }
  }

  @Override
  public BuildOptions options() {
    return options;
  }

  private static List<Policy> policies(List<SourcePolicy> policies) {
    return policies.stream().map(p -> Wire.policy(p)).toList();
  }

  private void requireLlb(Definition definition) throws FrontendException {
    Set<String> needed = new HashSet<>();
    for (OpMetadata metadata : definition.metadata().values()) {
      needed.addAll(metadata.capabilities());
    }
    for (String id : needed) {
      options.llbCapabilities().require(id);
    }
    FileCapabilities.require(definition, options.llbCapabilities());
  }

  @Override
  public Result solve(SolveRequest request) throws FrontendException, InterruptedException {
    dev.gatehouse.protocol.gateway.SolveRequest.Builder b =
        dev.gatehouse.protocol.gateway.SolveRequest.newBuilder()
            .setFrontend(request.frontend())
            .putAllFrontendOpt(request.frontendOptions())
            .setAllowResultReturn(true)
            .setAllowResultArrayRef(true)
            .addAllSourcePolicies(policies(request.sourcePolicies()));
    if (request.definition().isPresent()) {
      requireLlb(request.definition().get());
      b.setDefinition(Wire.definition(request.definition().get()));
    }
    request.frontendInputs().forEach((name, d) -> b.putFrontendInputs(name, Wire.definition(d)));
    request.cacheImports().forEach(c -> b.addCacheImports(Wire.cacheImport(c)));
    // A nested solve reads the caches that the build was given, in the two spellings that clients
    // have used.
    for (String name : List.of("cache-imports", "cache-from")) {
      String value = options.options().get(name);
      if (value != null && !request.frontendOptions().containsKey(name)) {
        b.putFrontendOpt(name, value);
      }
    }
    if (!capabilities.supports(GatewayCapabilities.RETURN_RESULT)) {
      b.setExporterAttr(ByteString.copyFromUtf8("{}"));
    }
    boolean evaluate = request.evaluate();
    if (evaluate && capabilities.supports(GatewayCapabilities.EVALUATE_SOLVE)) {
      b.setEvaluate(true);
      evaluate = false;
    }
    dev.gatehouse.protocol.gateway.SolveRequest message = b.build();
    MessageLimit.check("a solve", message, "solve its definition in parts");
    Result result = result(call(() -> bridge.solve(message)), message);
    if (evaluate) {
      for (Reference reference : result.allReferences()) {
        reference.evaluate();
      }
    }
    return result;
  }

  private Result result(SolveResponse response, dev.gatehouse.protocol.gateway.SolveRequest request)
      throws FrontendException {
    Result.Builder b = Result.builder();
    if (!response.hasResult()) {
      if (!response.getRef().isEmpty()) {
        requests.put(response.getRef(), request);
      }
      return b.reference(reference(Ref.newBuilder().setId(response.getRef()).build())).build();
    }
    dev.gatehouse.protocol.gateway.Result message = response.getResult();
    switch (message.getResultCase()) {
      case REFDEPRECATED -> {
        if (!message.getRefDeprecated().isEmpty()) {
          requests.put(message.getRefDeprecated(), request);
        }
        b.reference(reference(Ref.newBuilder().setId(message.getRefDeprecated()).build()));
      }
      case REF -> {
        if (!capabilities.supports(GatewayCapabilities.RETURN_RESULT)) {
          requests.put(message.getRef().getId(), request);
        }
        b.reference(reference(message.getRef()));
      }
      case REFSDEPRECATED ->
          message
              .getRefsDeprecated()
              .getRefsMap()
              .forEach(
                  (key, id) -> b.reference(key, reference(Ref.newBuilder().setId(id).build())));
      case REFS ->
          message.getRefs().getRefsMap().forEach((key, ref) -> b.reference(key, reference(ref)));
      case RESULT_NOT_SET -> {}
    }
    message.getMetadataMap().forEach((key, value) -> b.metadata(key, value.toByteArray()));
    for (Map.Entry<String, Attestations> entry : message.getAttestationsMap().entrySet()) {
      for (dev.gatehouse.protocol.gateway.Attestation a : entry.getValue().getAttestationList()) {
        b.attestation(
            entry.getKey(), BridgeResults.attestation(a, reference(a.getRef()).orElse(null)));
      }
    }
    return b.build();
  }

  private Optional<Reference> reference(Ref ref) {
    return ref.getId().isEmpty() ? Optional.empty() : Optional.of(new RemoteReference(ref));
  }

  @Override
  public ResolvedImage resolveImageConfig(String reference, ImageResolveOptions o)
      throws FrontendException, InterruptedException {
    Optional<ImageResolveOptions.OciLayout> layout = o.ociLayout();
    if (capabilities.supports(GatewayCapabilities.SOURCE_META_RESOLVER)) {
      SourceOp.Builder source = SourceOp.newBuilder();
      if (layout.isPresent()) {
        source
            .setIdentifier(OCI_LAYOUT + reference)
            .putAttrs("oci.session", layout.get().sessionId())
            .putAttrs("oci.store", layout.get().storeId());
      } else {
        source.setIdentifier(IMAGE + reference);
      }
      ResolveSourceMetaRequest.Builder b =
          ResolveSourceMetaRequest.newBuilder()
              .setSource(source)
              .setLogName(o.logName())
              .setResolveMode(o.resolveMode())
              .addAllSourcePolicies(policies(o.sourcePolicies()));
      o.platform().ifPresent(p -> b.setPlatform(Wire.platform(p)));
      SourceMetadata metadata =
          BridgeResults.metadata(call(() -> bridge.resolveSourceMeta(b.build())));
      SourceMetadata.Image image = metadata.imageOrNull();
      if (image == null) {
        throw FrontendException.builder(
                FrontendException.Category.USER,
                "ref " + reference + " resolved to non-image " + metadata.identifier())
            .code("gateway.not-an-image")
            .build();
      }
      String resolved = metadata.identifier();
      for (String scheme : List.of(IMAGE, OCI_LAYOUT)) {
        if (resolved.startsWith(scheme)) {
          resolved = resolved.substring(scheme.length());
          break;
        }
      }
      return new ResolvedImage(resolved, image.digest(), image.config());
    }
    capabilities.require(GatewayCapabilities.RESOLVE_IMAGE);
    ResolveImageConfigRequest.Builder b =
        ResolveImageConfigRequest.newBuilder()
            .setRef(reference)
            .setLogName(o.logName())
            .addAllSourcePolicies(policies(o.sourcePolicies()));
    o.platform().ifPresent(p -> b.setPlatform(Wire.platform(p)));
    if (layout.isPresent()) {
      b.setResolverType(1)
          .setSessionID(layout.get().sessionId())
          .setStoreID(layout.get().storeId());
    } else if (capabilities.supports(GatewayCapabilities.RESOLVE_IMAGE_RESOLVE_MODE)) {
      b.setResolveMode(o.resolveMode());
    }
    ResolveImageConfigResponse response = call(() -> bridge.resolveImageConfig(b.build()));
    return new ResolvedImage(
        response.getRef().isEmpty() ? reference : response.getRef(),
        response.getDigest(),
        response.getConfig().toByteArray());
  }

  @Override
  public SourceMetadata resolveSourceMetadata(SourceRequest r)
      throws FrontendException, InterruptedException {
    SourceRequest.Image image = r.imageOrNull();
    boolean attestations =
        image != null && (image.attestationChain() || !image.resolveAttestations().isEmpty());
    if (!capabilities.supports(GatewayCapabilities.SOURCE_META_RESOLVER)) {
      return resolveWithoutMetadata(r, attestations);
    }
    if (attestations) {
      capabilities.require(GatewayCapabilities.SOURCE_META_RESOLVER_IMAGE_ATTESTATIONS);
    }
    if (r.checksum().isPresent()) {
      capabilities.require(GatewayCapabilities.SOURCE_META_RESOLVER_HTTP_CHECKSUM_REQUEST);
    }
    ResolveSourceMetaRequest.Builder b =
        ResolveSourceMetaRequest.newBuilder()
            .setSource(
                SourceOp.newBuilder().setIdentifier(r.identifier()).putAllAttrs(r.attributes()))
            .setLogName(r.logName())
            .setResolveMode(r.resolveMode())
            .addAllSourcePolicies(policies(r.sourcePolicies()));
    r.platform().ifPresent(p -> b.setPlatform(Wire.platform(p)));
    if (image != null) {
      b.setImage(
          ResolveSourceImageRequest.newBuilder()
              .setNoConfig(image.noConfig())
              .setAttestationChain(attestations)
              .addAllResolveAttestations(image.resolveAttestations()));
    }
    if (r.gitObjects()) {
      b.setGit(ResolveSourceGitRequest.newBuilder().setReturnObject(true));
    }
    r.checksum()
        .ifPresent(c ->
            b.setHTTP(
                ResolveSourceHTTPRequest.newBuilder()
                    .setChecksumRequest(
                        ChecksumRequest.newBuilder()
                            .setAlgo(
                                switch (c.algorithm()) {
                                  case SHA256 -> ChecksumRequest.ChecksumAlgo.CHECKSUM_ALGO_SHA256;
                                  case SHA384 -> ChecksumRequest.ChecksumAlgo.CHECKSUM_ALGO_SHA384;
                                  case SHA512 -> ChecksumRequest.ChecksumAlgo.CHECKSUM_ALGO_SHA512;
                                })
                            .setSuffix(ByteString.copyFrom(c.suffix())))));
    SourceMetadata metadata =
        BridgeResults.metadata(call(() -> bridge.resolveSourceMeta(b.build())));
    if (r.checksum().isPresent()
        && metadata.http().flatMap(SourceMetadata.Http::checksumAnswer).isEmpty()) {
      throw FrontendException.internal(
          "http checksum request was sent but response did not include checksum response");
    }
    return metadata;
  }

  /** Servers from before the source resolver know images; any other source is taken as it is. */
  private SourceMetadata resolveWithoutMetadata(SourceRequest r, boolean attestations)
      throws FrontendException, InterruptedException {
    if (attestations || r.checksum().isPresent()) {
      capabilities.require(GatewayCapabilities.SOURCE_META_RESOLVER);
    }
    Platform platform = r.platformOrNull();
    for (String scheme : List.of(IMAGE, OCI_LAYOUT)) {
      if (r.identifier().startsWith(scheme)) {
        ResolvedImage image =
            resolveImageConfig(
                r.identifier().substring(scheme.length()),
                new ImageResolveOptions(
                    platform,
                    r.resolveMode(),
                    r.logName(),
                    scheme.equals(OCI_LAYOUT)
                        ? new ImageResolveOptions.OciLayout(
                            r.attributes().getOrDefault("oci.session", ""),
                            r.attributes().getOrDefault("oci.store", ""))
                        : null,
                    r.sourcePolicies()));
        return new SourceMetadata(
            scheme + image.reference(),
            r.attributes(),
            new SourceMetadata.Image(image.digest(), image.config(), null),
            null,
            null);
      }
    }
    return new SourceMetadata(r.identifier(), r.attributes(), null, null, null);
  }

  @Override
  public Map<String, Definition> inputs() throws FrontendException, InterruptedException {
    capabilities.require(GatewayCapabilities.FRONTEND_INPUTS);
    Map<String, Definition> inputs = new LinkedHashMap<>();
    Map<String, dev.gatehouse.protocol.pb.Definition> message =
        call(() -> bridge.inputs(InputsRequest.getDefaultInstance())).getDefinitionsMap();
    for (Map.Entry<String, dev.gatehouse.protocol.pb.Definition> e : message.entrySet()) {
      inputs.put(e.getKey(), definition(e.getValue()));
    }
    return inputs;
  }

  private static Definition definition(dev.gatehouse.protocol.pb.Definition message)
      throws FrontendException {
    try {
      return Wire.definition(message);
    } catch (LlbException e) {
      throw FrontendException.builder(
              FrontendException.Category.INTERNAL,
              "the build server sent a definition that cannot be read")
          .cause(e)
          .build();
    }
  }

  @Override
  public void warn(Warning w) throws FrontendException, InterruptedException {
    if (!capabilities.supports(GatewayCapabilities.WARNINGS)) {
      return;
    }
    WarnRequest.Builder b =
        WarnRequest.newBuilder()
            .setDigest(w.vertexDigest())
            .setLevel(w.level())
            .setShort(ByteString.copyFromUtf8(w.message()))
            .addAllDetail(w.details().stream().map(ByteString::copyFromUtf8).toList())
            .setUrl(w.url())
            .addAllRanges(w.ranges().stream().map(r -> Wire.range(r)).toList());
    w.file().ifPresent(f -> b.setInfo(Wire.sourceInfo(f)));
    call(() -> bridge.warn(b.build()));
  }

  @Override
  public Container newContainer(ContainerRequest r) throws FrontendException, InterruptedException {
    capabilities.require(GatewayCapabilities.EXEC);
    if (!r.extraHosts().isEmpty()) {
      capabilities.require(GatewayCapabilities.EXEC_EXTRA_HOSTS);
    }
    String id = Ids.random();
    NewContainerRequest.Builder b =
        NewContainerRequest.newBuilder()
            .setContainerID(id)
            .setHostname(r.hostname())
            .setNetwork(
                switch (r.network()) {
                  case DEFAULT -> NetMode.UNSET;
                  case HOST -> NetMode.HOST;
                  case NONE -> NetMode.NONE;
                });
    for (ContainerMount mount : r.mounts()) {
      b.addMounts(BridgeResults.mount(mount, resultId(mount)));
    }
    r.extraHosts()
        .forEach(h -> b.addExtraHosts(HostIP.newBuilder().setHost(h.host()).setIP(h.address())));
    r.platform().ifPresent(p -> b.setPlatform(Wire.platform(p)));
    if (!r.constraints().isEmpty()) {
      b.setConstraints(WorkerConstraints.newBuilder().addAllFilter(r.constraints()));
    }
    call(() -> bridge.newContainer(b.build()));
    return new RemoteContainer(bridge, processes, capabilities, id);
  }

  private static String resultId(ContainerMount mount) throws FrontendException {
    if (mount instanceof ContainerMount.Bind m) {
      return m.referenceOrNull() == null ? m.resultId() : id(m.referenceOrNull());
    } else if (mount instanceof ContainerMount.Cache m) {
      return id(m.seedOrNull());
    }
    return "";
  }

  private static String id(@Nullable Reference reference) throws FrontendException {
    if (reference == null) {
      return "";
    } else if (reference instanceof RemoteReference remote) {
      return remote.ref.getId();
    }
    throw FrontendException.internal("invalid reference type " + reference.getClass().getName());
  }

  /** The reference as it goes back to the server. */
  static Ref ref(Optional<Reference> reference) throws FrontendException {
    if (reference.isEmpty()) {
      return Ref.getDefaultInstance();
    } else if (reference.get() instanceof RemoteReference remote) {
      return remote.ref;
    }
    throw FrontendException.internal(
        "invalid return reference type " + reference.get().getClass().getName());
  }

  /** The request that made the reference, for servers from before {@code Return}. */
  dev.gatehouse.protocol.gateway.SolveRequest requestOf(Optional<Reference> reference)
      throws FrontendException {
    String id = ref(reference).getId();
    if (id.isEmpty()) {
      return dev.gatehouse.protocol.gateway.SolveRequest.newBuilder()
          .setDefinition(dev.gatehouse.protocol.pb.Definition.getDefaultInstance())
          .build();
    }
    dev.gatehouse.protocol.gateway.SolveRequest request = requests.get(id);
    if (request == null) {
      throw FrontendException.internal("did not find request for return reference " + id);
    }
    return request;
  }

  @Override
  public void close() {
    processes.close();
  }

  static ReadFileRequest readFile(String ref, int mount, String path, long offset, long length) {
    return ReadFileRequest.newBuilder()
        .setRef(ref)
        .setFilePath(path)
        .setMountIndex(mount)
        .setRange(FileRange.newBuilder().setOffset(offset).setLength(length))
        .build();
  }

  /** A reference by the id that the server gave it. */
  private final class RemoteReference implements Reference {
    private final Ref ref;

    RemoteReference(Ref ref) {
      this.ref = ref;
    }

    @Override
    public Definition definition() throws FrontendException {
      capabilities.require(GatewayCapabilities.REFERENCE_OUTPUT);
      if (!ref.hasDef()) {
        throw FrontendException.internal("gateway did not return reference with definition");
      }
      return BridgeClient.definition(ref.getDef());
    }

    @Override
    public void evaluate() throws FrontendException, InterruptedException {
      if (capabilities.supports(GatewayCapabilities.EVALUATE)) {
        call(() -> bridge.evaluate(EvaluateRequest.newBuilder().setRef(ref.getId()).build()));
      } else {
        statFile(".");
      }
    }

    @Override
    public byte[] readFile(String path) throws FrontendException, InterruptedException {
      ReadFileRequest request =
          ReadFileRequest.newBuilder().setRef(ref.getId()).setFilePath(path).build();
      return call(() -> bridge.readFile(request)).getData().toByteArray();
    }

    @Override
    public byte[] readFile(String path, long offset, long length)
        throws FrontendException, InterruptedException {
      ReadFileRequest request = BridgeClient.readFile(ref.getId(), 0, path, offset, length);
      return call(() -> bridge.readFile(request)).getData().toByteArray();
    }

    @Override
    public List<FileStat> readDir(String path, Optional<String> includePattern)
        throws FrontendException, InterruptedException {
      capabilities.require(GatewayCapabilities.READ_DIR);
      ReadDirRequest request =
          ReadDirRequest.newBuilder()
              .setRef(ref.getId())
              .setDirPath(path)
              .setIncludePattern(includePattern.orElse(""))
              .build();
      return call(() -> bridge.readDir(request)).getEntriesList().stream()
          .map(s -> Wire.stat(s))
          .toList();
    }

    @Override
    public FileStat statFile(String path) throws FrontendException, InterruptedException {
      capabilities.require(GatewayCapabilities.STAT_FILE);
      StatFileRequest request =
          StatFileRequest.newBuilder().setRef(ref.getId()).setPath(path).build();
      return Wire.stat(call(() -> bridge.statFile(request)).getStat());
    }

    @Override
    public String toString() {
      return "Reference[" + ref.getId() + "]";
    }
  }

  /** The result as it goes back to the server. */
  dev.gatehouse.protocol.gateway.Result wire(Result result) throws FrontendException {
    boolean arrays = capabilities.supports(GatewayCapabilities.PROTO_REF_ARRAY);
    dev.gatehouse.protocol.gateway.Result.Builder b =
        dev.gatehouse.protocol.gateway.Result.newBuilder()
            .putAllMetadata(Wire.byteStrings(result.metadata()));
    if (!result.references().isEmpty()) {
      if (result.references().size() > 1) {
        capabilities.require(GatewayCapabilities.RETURN_MAP);
      }
      Map<String, Ref> refs = new LinkedHashMap<>();
      for (Map.Entry<String, Optional<Reference>> e : result.references().entrySet()) {
        refs.put(e.getKey(), ref(e.getValue()));
      }
      if (arrays) {
        b.setRefs(dev.gatehouse.protocol.gateway.RefMap.newBuilder().putAllRefs(refs));
      } else {
        dev.gatehouse.protocol.gateway.RefMapDeprecated.Builder old =
            dev.gatehouse.protocol.gateway.RefMapDeprecated.newBuilder();
        refs.forEach((key, ref) -> old.putRefs(key, ref.getId()));
        b.setRefsDeprecated(old);
      }
    } else if (arrays) {
      b.setRef(ref(result.reference()));
    } else {
      b.setRefDeprecated(ref(result.reference()).getId());
    }
    if (!result.attestations().isEmpty()) {
      capabilities.require(GatewayCapabilities.ATTESTATIONS);
    }
    for (Map.Entry<String, List<Attestation>> e : result.attestations().entrySet()) {
      Attestations.Builder list = Attestations.newBuilder();
      for (Attestation a : e.getValue()) {
        list.addAttestation(BridgeResults.attestation(a, ref(a.reference())));
      }
      b.putAttestations(e.getKey(), list.build());
    }
    return b.build();
  }
}
