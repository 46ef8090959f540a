package dev.gatehouse.llb;

import dev.gatehouse.protocol.pb.MergeInput;
import dev.gatehouse.protocol.pb.MergeOp;
import dev.gatehouse.protocol.pb.Op;
import java.util.List;

/** An operation that lays file systems over one another. */
final class MergeVertex extends Vertex {
  private final List<Output> inputs;
  private final Constraints constraints;

  MergeVertex(List<Output> inputs, Constraints constraints) {
    this.inputs = List.copyOf(inputs);
    this.constraints = constraints.withCapability(Capability.MERGE_OP);
  }

  @Override
  List<Output> inputs() {
    return inputs;
  }

  @Override
  Encoded encode(Marshaller marshaller) {
    Op.Builder op = marshaller.op(constraints, false);
    MergeOp.Builder merge = MergeOp.newBuilder();
    for (Output input : inputs) {
      merge.addInputs(MergeInput.newBuilder().setInput(op.getInputsCount()));
      op.addInputs(marshaller.input(input));
    }
    return Encoded.of(op.setMerge(merge), constraints.metadata(), constraints.locations());
  }
}
