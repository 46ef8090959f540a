package dev.gatehouse.llb;

import dev.gatehouse.protocol.pb.DiffOp;
import dev.gatehouse.protocol.pb.LowerDiffInput;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.UpperDiffInput;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An operation that takes what one file system changes in another. */
final class DiffVertex extends Vertex {
  private static final long EMPTY = -1;

  private final Output lower;
  private final @Nullable Output upper;
  private final Constraints constraints;

  DiffVertex(Output lower, @Nullable Output upper, Constraints constraints) {
    this.lower = lower;
    this.upper = upper;
    this.constraints = constraints.withCapability(Capability.DIFF_OP);
  }

  @Override
  List<Output> inputs() {
    return upper == null ? List.of(lower) : List.of(lower, upper);
  }

  @Override
  Encoded encode(Marshaller marshaller) {
    Op.Builder op = marshaller.op(constraints, false);
    op.addInputs(marshaller.input(lower));
    UpperDiffInput.Builder upperInput = UpperDiffInput.newBuilder();
    if (upper == null) {
      upperInput.setInput(EMPTY);
    } else {
      upperInput.setInput(1);
      op.addInputs(marshaller.input(upper));
    }
    op.setDiff(
        DiffOp.newBuilder().setLower(LowerDiffInput.newBuilder().setInput(0)).setUpper(upperInput));
    return Encoded.of(op, constraints.metadata(), constraints.locations());
  }
}
