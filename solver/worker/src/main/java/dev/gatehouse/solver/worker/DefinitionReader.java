package dev.gatehouse.solver.worker;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.llb.LlbCapabilities;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.Definition;
import dev.gatehouse.protocol.pb.ExecOp;
import dev.gatehouse.protocol.pb.Input;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.protocol.pb.MountType;
import dev.gatehouse.protocol.pb.NetMode;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.OpMetadata;
import dev.gatehouse.protocol.pb.SecurityMode;
import dev.gatehouse.protocol.pb.SourceOp;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.Edge;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.Vertex;
import dev.gatehouse.solver.core.VertexOptions;
import dev.gatehouse.solver.worker.op.OperationRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Turns definitions into vertices: checks them, applies source policies, and names what has no
 * name.
 *
 * <p>The digest of a vertex is that of the bytes received; only where a source policy rewrites a
 * source, it and what depends on it get new bytes and digests.
 */
final class DefinitionReader {
  private static final int MAX_OPERATIONS = 100_000;
  private static final int MAX_INPUTS = 10_000;
  private static final long NO_INPUT = -1;

  private final SourcePolicies policies;
  private final Set<String> entitlements;
  private final Platform defaultPlatform;

  DefinitionReader(SourcePolicies policies, Set<String> entitlements, Platform defaultPlatform) {
    this.policies = policies;
    this.entitlements = entitlements;
    this.defaultPlatform = defaultPlatform;
  }

  /**
   * Reads a definition.
   *
   * @param bytes a {@code pb.Definition} message
   * @return the edge that the definition's last operation points to; empty for an empty definition,
   *     which is scratch
   */
  Optional<Edge<OperationRequest>> read(byte[] bytes) throws SolveException {
    Definition definition;
    try {
      definition = Definition.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw invalid("failed to parse llb definition");
    }
    if (definition.getDefCount() == 0) {
      return Optional.empty();
    }
    return Optional.of(read(definition));
  }

  private Edge<OperationRequest> read(Definition definition) throws SolveException {
    if (definition.getDefCount() > MAX_OPERATIONS) {
      throw invalid(
          "invalid LLB with " + definition.getDefCount() + " vertexes, at most " + MAX_OPERATIONS);
    }
    Map<String, Op> ops = new HashMap<>();
    Map<String, byte[]> bytes = new HashMap<>();
    String last = "";
    for (ByteString message : definition.getDefList()) {
      byte[] raw = message.toByteArray();
      last = Digest.sha256(raw).toString();
      ops.put(last, parse(message));
      bytes.put(last, raw);
    }
    if (ops.size() < 2) {
      throw invalid("invalid LLB with " + ops.size() + " vertexes");
    }
    Op end = ops.get(last);
    if (end == null || end.getInputsCount() == 0) {
      throw invalid("invalid LLB with no inputs on last vertex");
    }
    Map<String, Vertex<OperationRequest>> read =
        readAll(definition, ops, bytes, end.getInputs(0).getDigest());
    return edge(end.getInputs(0), read);
  }

  private static Op parse(ByteString message) throws SolveException {
    Op op;
    try {
      op = Op.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw invalid("failed to parse llb proto op");
    }
    if (op.getInputsCount() > MAX_INPUTS) {
      throw invalid("invalid op with " + op.getInputsCount() + " inputs, at most " + MAX_INPUTS);
    }
    for (int i = 0; i < op.getInputsCount(); i++) {
      long index = op.getInputs(i).getIndex();
      if (index < 0 || index > Integer.MAX_VALUE) {
        throw invalid("invalid input " + i + " output index " + index);
      }
    }
    return op;
  }

  /**
   * The ids of the cache mounts that begin empty and that a step mounts which is to run although it
   * may be cached. Such a step is to find them empty.
   *
   * @param bytes a definition that was {@linkplain #read read} before
   */
  static Set<String> staleCacheMounts(byte[] bytes) throws SolveException {
    Set<String> ids = new TreeSet<>();
    try {
      Definition definition = Definition.parseFrom(bytes);
      if (definition.getMetadataMap().values().stream().noneMatch(OpMetadata::getIgnoreCache)) {
        return ids;
      }
      for (ByteString message : definition.getDefList()) {
        OpMetadata metadata =
            definition.getMetadataMap().get(Digest.sha256(message.toByteArray()).toString());
        if (metadata == null || !metadata.getIgnoreCache()) {
          continue;
        }
        for (Mount mount : Op.parseFrom(message).getExec().getMountsList()) {
          if (mount.getMountType() == MountType.CACHE && mount.getInput() == NO_INPUT) {
            String id = mount.getCacheOpt().getID();
            ids.add(id.isEmpty() ? mount.getDest() : id);
          }
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw invalid("failed to parse llb definition");
    }
    return ids;
  }

  /** Inputs before what takes them, without recursion: a definition may be a chain of thousands. */
  private Map<String, Vertex<OperationRequest>> readAll(
      Definition definition, Map<String, Op> ops, Map<String, byte[]> bytes, String root)
      throws SolveException {
    Map<String, Vertex<OperationRequest>> read = new HashMap<>();
    Set<String> begun = new HashSet<>();
    Deque<String> open = new ArrayDeque<>();
    open.push(root);
    while (!open.isEmpty()) {
      String digest = open.peek();
      if (read.containsKey(digest)) {
        open.pop();
        continue;
      }
      Op op = ops.get(digest);
      byte[] raw = bytes.get(digest);
      if (op == null || raw == null) {
        throw invalid("invalid missing input digest " + digest);
      }
      boolean again = !begun.add(digest);
      boolean ready = true;
      for (Input input : op.getInputsList()) {
        if (!read.containsKey(input.getDigest())) {
          if (again) {
            throw invalid("invalid LLB with a cycle through " + digest);
          }
          open.push(input.getDigest());
          ready = false;
        }
      }
      if (ready) {
        open.pop();
        read.put(digest, vertex(digest, op, raw, definition.getMetadataMap().get(digest), read));
      }
    }
    return read;
  }

  private static Edge<OperationRequest> edge(
      Input input, Map<String, Vertex<OperationRequest>> read) throws SolveException {
    Vertex<OperationRequest> vertex = read.get(input.getDigest());
    if (vertex == null) {
      throw invalid("invalid missing input digest " + input.getDigest());
    }
    return new Edge<>(vertex, (int) input.getIndex());
  }

  private Vertex<OperationRequest> vertex(
      String digest,
      Op op,
      byte[] raw,
      @Nullable OpMetadata metadata,
      Map<String, Vertex<OperationRequest>> read)
      throws SolveException {
    Digest original = Digest.parse(digest);
    OpMetadata meta = metadata == null ? OpMetadata.getDefaultInstance() : metadata;
    List<Edge<OperationRequest>> inputs = new ArrayList<>(op.getInputsCount());
    Op.Builder rewritten = op.toBuilder();
    for (int i = 0; i < op.getInputsCount(); i++) {
      Edge<OperationRequest> edge = edge(op.getInputs(i), read);
      inputs.add(edge);
      String now = edge.vertex().digest().toString();
      if (!now.equals(op.getInputs(i).getDigest())) {
        rewritten.setInputs(i, op.getInputs(i).toBuilder().setDigest(now));
      }
    }
    try {
      for (String capability : meta.getCapsMap().keySet()) {
        if (!LlbCapabilities.all().contains(capability)) {
          throw invalid("unknown API capability " + capability);
        }
      }
      validate(op, inputs.size());
      if (op.hasSource()) {
        SourceOp source = policies.apply(op.getSource());
        if (source != op.getSource()) {
          rewritten.setSource(source);
        }
      }
      if (op.hasExec()) {
        checkEntitlements(op.getExec());
      }
    } catch (SolveException e) {
      throw e.at(original);
    }
    Op effective = rewritten.build();
    byte[] message = raw;
    Digest identity = original;
    if (!effective.equals(op)) {
      message = marshal(effective);
      identity = Digest.sha256(message);
    }
    List<String> names = inputs.stream().map(edge -> edge.vertex().name()).toList();
    Map<String, String> description = meta.getDescriptionMap();
    String name = description.getOrDefault("llb.customname", OperationNames.of(effective, names));
    VertexOptions options =
        new VertexOptions(
            name,
            meta.getIgnoreCache(),
            meta.hasExportCache()
                ? Optional.of(meta.getExportCache().getValue())
                : Optional.empty(),
            meta.hasProgressGroup()
                ? Optional.of(
                    new VertexOptions.ProgressGroup(
                        meta.getProgressGroup().getId(),
                        meta.getProgressGroup().getName(),
                        meta.getProgressGroup().getWeak()))
                : Optional.empty(),
            description);
    OperationRequest request =
        new OperationRequest(
            identity, message, meta.toByteArray(), platform(effective), description);
    return new Vertex<>(identity, request, inputs, options);
  }

  private Platform platform(Op op) {
    if (!op.hasPlatform()) {
      return defaultPlatform;
    }
    var platform = op.getPlatform();
    return new Platform(
            platform.getOS(),
            platform.getArchitecture(),
            platform.getVariant(),
            platform.getOSVersion(),
            platform.getOSFeaturesList())
        .normalized();
  }

  private static byte[] marshal(Op op) {
    byte[] bytes = new byte[op.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      op.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes;
  }

  private static void validate(Op op, int inputs) throws SolveException {
    switch (op.getOpCase()) {
      case SOURCE, BUILD, MERGE -> {}
      case EXEC -> {
        ExecOp exec = op.getExec();
        if (!exec.hasMeta()) {
          throw invalid("invalid exec op with no meta");
        }
        if (exec.getMeta().getArgsCount() == 0) {
          throw invalid("invalid exec op with no args");
        }
        if (exec.getMountsCount() == 0) {
          throw invalid("invalid exec op with no mounts");
        }
        if (exec.getMountsList().stream().noneMatch(mount -> mount.getDest().equals("/"))) {
          throw invalid("invalid exec op with no rootfs");
        }
      }
      case FILE -> {
        if (op.getFile().getActionsCount() == 0) {
          throw invalid("invalid file op with no actions");
        }
      }
      case DIFF -> {
        if (!op.getDiff().hasLower() || !op.getDiff().hasUpper()) {
          throw invalid("invalid diff op with nil lower or upper input");
        }
      }
      case PASSTHROUGH -> {
        if (op.getPassthrough().getId().isEmpty()) {
          throw invalid("invalid passthrough op with no id");
        }
        if (op.getPassthrough().getOutputsCount() == 0) {
          throw invalid("invalid passthrough op with no outputs");
        }
        for (long input : op.getPassthrough().getOutputsList()) {
          if (input < 0 || input >= inputs) {
            throw invalid("invalid passthrough output input index " + input);
          }
        }
      }
      case OP_NOT_SET -> throw invalid("invalid nil op");
    }
  }

  private void checkEntitlements(ExecOp exec) throws SolveException {
    if (exec.getNetwork() == NetMode.HOST) {
      require("network.host");
    }
    if (exec.getSecurity() == SecurityMode.INSECURE) {
      require("security.insecure");
    }
    if (exec.getCdiDevicesCount() > 0) {
      require("device");
    }
  }

  private void require(String entitlement) throws SolveException {
    if (!entitlements.contains(entitlement)) {
      throw new SolveException(
          "entitlement.missing", ErrorCategory.USER, entitlement + " is not allowed");
    }
  }

  private static SolveException invalid(String message) {
    return new SolveException("definition.invalid", ErrorCategory.USER, message);
  }
}
