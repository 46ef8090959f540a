package dev.gatehouse.llb;

import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.protocol.pb.Op;
import java.util.Arrays;
import java.util.List;

/**
 * A vertex of a graph under construction. Identity counts: a vertex is encoded once a marshalling.
 */
abstract sealed class Vertex
    permits SourceVertex,
        ExecVertex,
        FileVertex,
        MergeVertex,
        DiffVertex,
        BuildVertex,
        PassthroughVertex,
        DefinitionVertex {

  /** A vertex in its form that travels. */
  record Encoded(Digest digest, byte[] bytes, OpMetadata metadata, List<SourceLocation> locations) {
    /**
     * Encodes an operation as Go's protobuf does: fields in order of their numbers, but the member
     * of a oneof, which is what the operation does, after all others.
     */
    static Encoded of(Op.Builder op, OpMetadata metadata, List<SourceLocation> locations) {
      Op whole = op.build();
      byte[] common = DefinitionCodec.bytes(whole.toBuilder().clearOp().build());
      byte[] what =
          DefinitionCodec.bytes(
              whole.toBuilder().clearInputs().clearPlatform().clearConstraints().build());
      byte[] bytes = Arrays.copyOf(common, common.length + what.length);
      System.arraycopy(what, 0, bytes, common.length, what.length);
      return new Encoded(Digest.sha256(bytes), bytes, metadata, locations);
    }
  }

  /** The outputs of other vertices that it needs, in the order in which they are to be written. */
  abstract List<Output> inputs();

  /** Encodes it; all inputs have been encoded. */
  abstract Encoded encode(Marshaller marshaller);
}
