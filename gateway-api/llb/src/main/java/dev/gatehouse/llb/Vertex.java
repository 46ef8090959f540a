package dev.gatehouse.llb;

import com.google.protobuf.CodedOutputStream;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.protocol.pb.Input;
import dev.gatehouse.protocol.pb.Op;
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
      byte[] ordered = DefinitionCodec.bytes(whole);
      // Java writes the member of the oneof between the inputs and the rest.
      int from = 0;
      for (Input input : whole.getInputsList()) {
        from += CodedOutputStream.computeMessageSize(Op.INPUTS_FIELD_NUMBER, input);
      }
      int to = ordered.length;
      if (whole.hasPlatform()) {
        to -= CodedOutputStream.computeMessageSize(Op.PLATFORM_FIELD_NUMBER, whole.getPlatform());
      }
      if (whole.hasConstraints()) {
        to -=
            CodedOutputStream.computeMessageSize(
                Op.CONSTRAINTS_FIELD_NUMBER, whole.getConstraints());
      }
      byte[] bytes = new byte[ordered.length];
      System.arraycopy(ordered, 0, bytes, 0, from);
      System.arraycopy(ordered, to, bytes, from, ordered.length - to);
      System.arraycopy(ordered, from, bytes, from + ordered.length - to, to - from);
      return new Encoded(Digest.sha256(bytes), bytes, metadata, locations);
    }
  }

  /** The outputs of other vertices that it needs, in the order in which they are to be written. */
  abstract List<Output> inputs();

  /** Encodes it; all inputs have been encoded. */
  abstract Encoded encode(Marshaller marshaller);
}
