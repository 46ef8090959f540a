package dev.gatehouse.llb;

import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.PassthroughOp;
import java.util.List;

/** An operation that hands some of its inputs on and only waits for the others. */
final class PassthroughVertex extends Vertex {
  private final String id;
  private final List<Output> inputs;
  private final List<Integer> outputs;
  private final Constraints constraints;

  PassthroughVertex(
      String id, List<Output> inputs, List<Integer> outputs, Constraints constraints) {
    if (id.isEmpty()) {
      throw new LlbException("passthrough requires an id");
    }
    this.id = id;
    this.inputs = List.copyOf(inputs);
    this.outputs = List.copyOf(outputs);
    this.constraints = constraints.withCapability(Capability.PASSTHROUGH_OP);
  }

  @Override
  List<Output> inputs() {
    return inputs;
  }

  @Override
  Encoded encode(Marshaller marshaller) {
    Op.Builder op = marshaller.op(constraints, false);
    inputs.forEach(input -> op.addInputs(marshaller.input(input)));
    PassthroughOp.Builder passthrough = PassthroughOp.newBuilder().setId(id);
    outputs.forEach(passthrough::addOutputs);
    return Encoded.of(
        op.setPassthrough(passthrough), constraints.metadata(), constraints.locations());
  }
}
