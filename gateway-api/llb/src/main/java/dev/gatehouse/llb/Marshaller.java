package dev.gatehouse.llb;

import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.Input;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.WorkerConstraints;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Turns a graph into a definition: depth first over the inputs, each vertex once, equal operations
 * once.
 *
 * <p>The walk keeps its own stack, so a chain may be as long as memory allows.
 */
final class Marshaller {
  private final MarshalOptions options;
  private final Platform platform;
  private final Map<Vertex, Vertex.Encoded> encoded = new IdentityHashMap<>();
  private final Map<Digest, byte[]> ops = new LinkedHashMap<>();
  private final Map<Digest, OpMetadata> metadata = new LinkedHashMap<>();
  private final List<SourceMap> sources = new ArrayList<>();
  private final Map<SourceMap, SourceMap> knownSources = new IdentityHashMap<>();
  private final Map<Digest, List<SourceLocation>> locations = new LinkedHashMap<>();

  private Marshaller(MarshalOptions options) {
    this.options = options;
    this.platform = options.platform() != null ? options.platform() : Platform.host();
  }

  static Definition marshal(Output output, MarshalOptions options) {
    Marshaller marshaller = new Marshaller(options);
    marshaller.walk(output.vertex());
    return marshaller.finish(output);
  }

  MarshalOptions options() {
    return options;
  }

  private record Frame(Vertex vertex, Iterator<Output> inputs) {}

  private void walk(Vertex root) {
    Deque<Frame> stack = new ArrayDeque<>();
    stack.push(new Frame(root, root.inputs().iterator()));
    while (!stack.isEmpty()) {
      Frame frame = stack.element();
      if (frame.inputs().hasNext()) {
        Vertex input = frame.inputs().next().vertex();
        if (!encoded.containsKey(input)) {
          stack.push(new Frame(input, input.inputs().iterator()));
        }
      } else {
        stack.pop();
        if (!encoded.containsKey(frame.vertex())) {
          add(frame.vertex());
        }
      }
    }
  }

  private void add(Vertex vertex) {
    Vertex.Encoded op = vertex.encode(this);
    encoded.put(vertex, op);
    metadata.merge(op.digest(), op.metadata(), OpMetadata::merge);
    ops.putIfAbsent(op.digest(), op.bytes());
    for (SourceLocation location : op.locations()) {
      SourceMap source = knownSources.computeIfAbsent(location.source(), this::source);
      locations
          .computeIfAbsent(op.digest(), digest -> new ArrayList<>())
          .add(new SourceLocation(source, location.ranges()));
    }
  }

  private SourceMap source(SourceMap source) {
    int index = sources.indexOf(source);
    if (index >= 0) {
      return sources.get(index);
    }
    sources.add(source);
    return source;
  }

  private Definition finish(Output output) {
    byte[] last = DefinitionCodec.bytes(Op.newBuilder().addInputs(input(output)).build());
    Set<String> capabilities = new TreeSet<>(Set.of(Capability.CONSTRAINTS, Capability.PLATFORM));
    for (OpMetadata meta : metadata.values()) {
      if (meta.ignoreCache()) {
        capabilities.add(Capability.META_IGNORE_CACHE);
      }
      if (!meta.description().isEmpty()) {
        capabilities.add(Capability.META_DESCRIPTION);
      }
      if (meta.exportCache() != null) {
        capabilities.add(Capability.META_EXPORT_CACHE);
      }
    }
    List<byte[]> all = new ArrayList<>(ops.values());
    all.add(last);
    metadata.merge(
        Digest.sha256(last),
        new OpMetadata(false, Map.of(), null, capabilities, null, null),
        OpMetadata::merge);
    return new Definition(all, metadata, sources, locations);
  }

  /** The input that names an output of a vertex encoded before. */
  Input input(Output output) {
    Vertex.Encoded op = encoded.get(output.vertex());
    if (op == null) {
      throw new IllegalStateException("an input was not among the inputs of its vertex");
    }
    return Input.newBuilder().setDigest(op.digest().value()).setIndex(output.index()).build();
  }

  /**
   * An operation with the constraints that hold for it; the platform is left out where it says
   * nothing.
   */
  Op.Builder op(Constraints constraints, boolean platformSpecific) {
    Op.Builder op =
        Op.newBuilder()
            .setConstraints(
                WorkerConstraints.newBuilder().addAllFilter(constraints.workerFilters()));
    if (platformSpecific) {
      Platform p = constraints.platform() != null ? constraints.platform() : platform;
      op.setPlatform(
          dev.gatehouse.protocol.pb.Platform.newBuilder()
              .setOS(p.os())
              .setArchitecture(p.architecture())
              .setVariant(p.variant())
              .setOSVersion(p.osVersion())
              .addAllOSFeatures(p.osFeatures()));
    }
    return op;
  }

  String defaultOs() {
    return platform.os();
  }
}
