package dev.gatehouse.solver.worker;

import dev.gatehouse.protocol.pb.FileAction;
import dev.gatehouse.protocol.pb.Op;
import java.util.List;
import java.util.stream.Collectors;

/** What operations are called where the definition gives them no name: as in BuildKit. */
final class OperationNames {
  private OperationNames() {}

  /**
   * @param inputs the names of the inputs in order
   */
  static String of(Op op, List<String> inputs) {
    return switch (op.getOpCase()) {
      case SOURCE -> op.getSource().getIdentifier();
      case EXEC -> String.join(" ", op.getExec().getMeta().getArgsList());
      case FILE ->
          op.getFile().getActionsList().stream()
              .map(OperationNames::of)
              .filter(name -> !name.isEmpty())
              .collect(Collectors.joining(", "));
      case BUILD -> "build";
      case MERGE -> "merge (" + String.join(", ", inputs) + ")";
      case DIFF ->
          "diff "
              + side(op.getDiff().getLower().getInput(), inputs)
              + " -> "
              + side(op.getDiff().getUpper().getInput(), inputs);
      case PASSTHROUGH -> "passthrough " + op.getPassthrough().getId();
      case OP_NOT_SET -> "unknown";
    };
  }

  private static String of(FileAction action) {
    return switch (action.getActionCase()) {
      case MKDIR -> "mkdir " + action.getMkdir().getPath();
      case MKFILE -> "mkfile " + action.getMkfile().getPath();
      case SYMLINK ->
          "symlink " + action.getSymlink().getNewpath() + " -> " + action.getSymlink().getOldpath();
      case RM -> "rm " + action.getRm().getPath();
      case COPY -> "copy " + action.getCopy().getSrc() + " " + action.getCopy().getDest();
      case ACTION_NOT_SET -> "";
    };
  }

  private static String side(long input, List<String> inputs) {
    return input >= 0 && input < inputs.size() ? "(" + inputs.get((int) input) + ")" : "scratch";
  }
}
