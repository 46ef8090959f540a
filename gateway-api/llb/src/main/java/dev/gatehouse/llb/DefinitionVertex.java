package dev.gatehouse.llb;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.Input;
import dev.gatehouse.protocol.pb.Op;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An operation of a definition made elsewhere; its bytes are taken over as they are. */
final class DefinitionVertex extends Vertex {
  private final Graph graph;
  private final Digest digest;

  private DefinitionVertex(Graph graph, Digest digest) {
    this.graph = graph;
    this.digest = digest;
  }

  /** The operations of one definition, and the vertices made for them so far. */
  private record Graph(
      Map<Digest, byte[]> bytes,
      Map<Digest, Op> ops,
      Definition definition,
      Map<Definition.Output, Output> outputs) {

    Output output(Digest digest, int index, Digest user) {
      Op op = ops.get(digest);
      if (op == null) {
        throw new LlbException(
            "invalid definition: operation " + user + " uses " + digest + ", which is not in it");
      }
      synchronized (outputs) {
        return outputs.computeIfAbsent(
            new Definition.Output(digest, index),
            key -> new Output(new DefinitionVertex(this, digest), index, platform(op)));
      }
    }

    private static @Nullable Platform platform(Op op) {
      if (!op.hasPlatform()) {
        return null;
      }
      var p = op.getPlatform();
      return new Platform(
          p.getOS(), p.getArchitecture(), p.getVariant(), p.getOSVersion(), p.getOSFeaturesList());
    }
  }

  /** The output that the definition marks; null for scratch. */
  static @Nullable Output output(Definition definition) {
    Definition.Output head = definition.output().orElse(null);
    if (head == null) {
      return null;
    }
    Map<Digest, byte[]> bytes = new HashMap<>();
    Map<Digest, Op> ops = new HashMap<>();
    for (byte[] op : definition.ops()) {
      Digest digest = Digest.sha256(op);
      bytes.put(digest, op);
      try {
        ops.put(digest, Op.parseFrom(op));
      } catch (InvalidProtocolBufferException e) {
        throw new LlbException("failed to parse llb proto op: " + e.getMessage(), e);
      }
    }
    return new Graph(bytes, ops, definition, new HashMap<>())
        .output(head.vertex(), head.index(), head.vertex());
  }

  @Override
  List<Output> inputs() {
    List<Output> inputs = new ArrayList<>();
    Op op = graph.ops().get(digest);
    if (op != null) {
      for (Input input : op.getInputsList()) {
        Digest of =
            Digest.parse(input.getDigest())
                .orElseThrow(() ->
                    new LlbException(
                        "invalid definition: input \"" + input.getDigest() + "\" is no digest"));
        inputs.add(graph.output(of, Math.toIntExact(input.getIndex()), digest));
      }
    }
    return inputs;
  }

  @Override
  Encoded encode(Marshaller marshaller) {
    byte[] bytes = graph.bytes().get(digest);
    if (bytes == null) {
      throw new LlbException("invalid definition: operation " + digest + " is not in it");
    }
    return new Encoded(
        digest,
        bytes,
        graph.definition().metadata().getOrDefault(digest, OpMetadata.NONE),
        graph.definition().locations().getOrDefault(digest, List.of()));
  }
}
