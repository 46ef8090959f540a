package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import java.util.List;

/** A typed instruction of a stage. FROM is none: it is the head of a {@link Stage}. */
public sealed interface Instruction
    permits AddInstruction,
        ArgInstruction,
        CmdInstruction,
        CopyInstruction,
        EntrypointInstruction,
        EnvInstruction,
        ExposeInstruction,
        HealthcheckInstruction,
        LabelInstruction,
        MaintainerInstruction,
        OnbuildInstruction,
        RunInstruction,
        ShellInstruction,
        StopSignalInstruction,
        UserInstruction,
        VolumeInstruction,
        WorkdirInstruction {
  /** Where it comes from. */
  InstructionSource source();

  /** The keyword as written. */
  default String name() {
    return source().name();
  }

  /** The logical line. */
  default String code() {
    return source().code();
  }

  /** A range a line. */
  default List<Range> location() {
    return source().location();
  }

  /** The comment lines right before it. */
  default List<String> comments() {
    return source().comments();
  }

  /** Expands the variables of one word into one word. */
  @FunctionalInterface
  interface Expander {
    /** The word with its variables replaced. */
    String expand(String word) throws DockerfileException;
  }

  /** An instruction whose words may hold variables. */
  interface Expandable {
    /** The instruction with all its words expanded. */
    Instruction expanded(Expander expander) throws DockerfileException;
  }

  /** An instruction with text in which only variables are replaced; quotes stay. */
  interface RawExpandable {
    /** The instruction with its raw texts expanded. */
    Instruction expandedRaw(Expander expander) throws DockerfileException;
  }
}
