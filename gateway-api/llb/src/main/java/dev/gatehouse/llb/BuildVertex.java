package dev.gatehouse.llb;

import dev.gatehouse.protocol.pb.BuildInput;
import dev.gatehouse.protocol.pb.BuildOp;
import dev.gatehouse.protocol.pb.Op;
import java.util.List;

/** An operation that evaluates a definition found in its input. */
final class BuildVertex extends Vertex {
  private static final long LLB_BUILDER = -1;
  private static final String DEFINITION_INPUT = "buildkit.llb.definition";

  private final Output source;
  private final String filename;
  private final Constraints constraints;

  BuildVertex(Output source, String filename, Constraints constraints) {
    this.source = source;
    this.filename = filename;
    this.constraints = constraints.withCapability(Capability.BUILD_OP_LLB_FILE_NAME);
  }

  @Override
  List<Output> inputs() {
    return List.of(source);
  }

  @Override
  Encoded encode(Marshaller marshaller) {
    Op.Builder op = marshaller.op(constraints, true);
    op.addInputs(marshaller.input(source));
    BuildOp.Builder build =
        BuildOp.newBuilder()
            .setBuilder(LLB_BUILDER)
            .putInputs(DEFINITION_INPUT, BuildInput.newBuilder().setInput(0).build());
    if (!filename.isEmpty()) {
      build.putAttrs("llbbuild.filename", filename);
    }
    return Encoded.of(op.setBuild(build), constraints.metadata(), constraints.locations());
  }
}
