package dev.gatehouse.solver.worker.op;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.protocol.pb.BuildInput;
import dev.gatehouse.protocol.pb.BuildOp;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.solver.core.CacheMap;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.InputCacheRule;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.store.LocalMount;
import java.io.IOException;
import java.util.Collections;
import java.util.List;

/** Solves a definition that lies as a file in the result of an input. */
public final class BuildOperation implements LlbOperation {
  private static final String CACHE_TYPE = "buildkit.build.v0";
  private static final long LLB_BUILDER = -1;
  private static final String DEFINITION_INPUT = "buildkit.llb.definition";
  private static final String DEFINITION_FILE = "buildkit.llb.definition";
  private static final String FILENAME_ATTRIBUTE = "llbbuild.filename";
  private static final int MAX_DEFINITION = 64 << 20;

  private final BuildOp operation;
  private final int inputs;

  private BuildOperation(BuildOp operation, int inputs) {
    this.operation = operation;
    this.inputs = inputs;
  }

  /** Reads a build operation. */
  public static BuildOperation create(OperationRequest request) throws SolveException {
    try {
      Op op = Op.parseFrom(request.op());
      return new BuildOperation(op.getBuild(), op.getInputsCount());
    } catch (InvalidProtocolBufferException e) {
      throw new SolveException(
          "definition.invalid", ErrorCategory.USER, "failed to parse llb proto op", e);
    }
  }

  @Override
  public CacheMap<WorkerResult> cacheMap(OperationContext context) {
    StringBuilder key = new StringBuilder(CACHE_TYPE).append('\n').append(operation.getBuilder());
    operation.getInputsMap().entrySet().stream()
        .sorted(java.util.Map.Entry.comparingByKey())
        .forEach(input ->
            key.append('\n')
                .append(input.getKey())
                .append('=')
                .append(input.getValue().getInput()));
    operation.getAttrsMap().entrySet().stream()
        .sorted(java.util.Map.Entry.comparingByKey())
        .forEach(attribute ->
            key.append('\n').append(attribute.getKey()).append(':').append(attribute.getValue()));
    return new CacheMap<>(
        Digest.sha256(key.toString()), Collections.nCopies(inputs, InputCacheRule.byDefinition()));
  }

  @Override
  public List<WorkerResult> execute(List<WorkerResult> arguments, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    if (operation.getBuilder() != LLB_BUILDER) {
      throw invalid("only LLB builder is currently allowed");
    }
    BuildInput input = operation.getInputsMap().get(DEFINITION_INPUT);
    if (input == null) {
      throw invalid("no llb definition input " + DEFINITION_INPUT + " found");
    }
    if (input.getInput() < 0 || input.getInput() >= arguments.size()) {
      throw invalid("invalid index " + input.getInput());
    }
    String file = operation.getAttrsOrDefault(FILENAME_ATTRIBUTE, DEFINITION_FILE);
    byte[] definition = read(arguments.get((int) input.getInput()), file);
    return List.of(context.solve(definition).share());
  }

  private static byte[] read(WorkerResult result, String file)
      throws SolveException, IOException, InterruptedException {
    if (result.reference().isEmpty()) {
      throw invalid("failed to open " + file + ": no such file or directory");
    }
    try (LocalMount mount = result.reference().get().localMount(true);
        RootDirectory root = RootDirectory.open(mount.path())) {
      return root.readFile(file, MAX_DEFINITION);
    }
  }

  private static SolveException invalid(String message) {
    return new SolveException("build.invalid", ErrorCategory.USER, message);
  }
}
