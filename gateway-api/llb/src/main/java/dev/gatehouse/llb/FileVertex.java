package dev.gatehouse.llb;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.pb.ChownOpt;
import dev.gatehouse.protocol.pb.FileActionCopy;
import dev.gatehouse.protocol.pb.FileActionMkDir;
import dev.gatehouse.protocol.pb.FileActionMkFile;
import dev.gatehouse.protocol.pb.FileActionRm;
import dev.gatehouse.protocol.pb.FileActionSymlink;
import dev.gatehouse.protocol.pb.FileOp;
import dev.gatehouse.protocol.pb.Input;
import dev.gatehouse.protocol.pb.NamedUserOpt;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.UserOpt;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An operation that changes files. */
final class FileVertex extends Vertex {
  private static final int NONE = -1;

  private final FileAction.Bound action;
  private final Constraints constraints;

  FileVertex(FileAction.Bound action, Constraints constraints) {
    this.action = action;
    this.constraints = constraints.withCapability(Capability.FILE_BASE);
  }

  @Override
  List<Output> inputs() {
    List<Output> inputs = new ArrayList<>();
    collect(action, inputs, Collections.newSetFromMap(new IdentityHashMap<>()));
    return inputs;
  }

  /** From the last change back to the first, as BuildKit walks them. */
  private static void collect(FileAction.Bound bound, List<Output> inputs, Set<Output> seen) {
    for (FileAction a = bound.action; a != null; a = a.previous) {
      add(bound.state.output(), inputs, seen);
      if (a.step instanceof FileAction.Step.Copy copy) {
        if (copy.state() != null) {
          add(copy.state().output(), inputs, seen);
        } else if (copy.bound() != null) {
          collect(copy.bound(), inputs, seen);
        }
      }
    }
  }

  private static void add(@Nullable Output output, List<Output> inputs, Set<Output> seen) {
    if (output != null && seen.add(output)) {
      inputs.add(output);
    }
  }

  @Override
  Encoded encode(Marshaller marshaller) {
    Op.Builder op = marshaller.op(constraints, false);
    Encoder encoder = new Encoder(marshaller, op);
    encoder.add(action);
    op.setFile(encoder.file());
    return Encoded.of(op, constraints.metadata(), constraints.locations());
  }

  /** A change in its place: which inputs it has, and its number. */
  private record Placed(
      FileAction.Step step,
      State state,
      int base,
      int input,
      boolean inputIsAction,
      int source,
      boolean sourceIsAction) {}

  private static final class Encoder {
    private final Marshaller marshaller;
    private final Op.Builder op;
    private final List<Placed> placed = new ArrayList<>();
    private final Map<FileAction.Bound, Integer> visited = new IdentityHashMap<>();

    Encoder(Marshaller marshaller, Op.Builder op) {
      this.marshaller = marshaller;
      this.op = op;
    }

    /** Adds the changes from first to last and returns the number of the last. */
    int add(FileAction.Bound bound) {
      Integer known = visited.get(bound);
      if (known != null) {
        return known;
      }
      List<FileAction.Step> steps = new ArrayList<>();
      for (FileAction a = bound.action; a != null; a = a.previous) {
        steps.add(a.step);
      }
      Collections.reverse(steps);
      int previous = NONE;
      for (FileAction.Step step : steps) {
        int base = input(bound.state.output());
        int source = NONE;
        boolean sourceIsAction = false;
        if (step instanceof FileAction.Step.Copy copy) {
          if (copy.state() != null) {
            source = input(copy.state().output());
          } else if (copy.bound() != null) {
            source = add(copy.bound());
            sourceIsAction = true;
          }
        }
        placed.add(
            new Placed(
                step,
                bound.state,
                base,
                previous == NONE ? base : previous,
                previous != NONE,
                source,
                sourceIsAction));
        previous = placed.size() - 1;
      }
      visited.put(bound, previous);
      return previous;
    }

    private int input(@Nullable Output output) {
      if (output == null) {
        return NONE;
      }
      Input input = marshaller.input(output);
      for (int i = 0; i < op.getInputsCount(); i++) {
        if (op.getInputs(i).equals(input)) {
          return i;
        }
      }
      op.addInputs(input);
      return op.getInputsCount() - 1;
    }

    FileOp.Builder file() {
      FileOp.Builder file = FileOp.newBuilder();
      int inputs = op.getInputsCount();
      for (int i = 0; i < placed.size(); i++) {
        Placed p = placed.get(i);
        var out =
            dev.gatehouse.protocol.pb.FileAction.newBuilder()
                .setInput(p.inputIsAction() ? inputs + p.input() : p.input())
                .setSecondaryInput(p.sourceIsAction() ? inputs + p.source() : p.source())
                .setOutput(i + 1 == placed.size() ? 0 : NONE);
        String parent = p.state().directory();
        FileAction.Step step = p.step();
        if (step instanceof FileAction.Step.Copy copy) {
          out.setCopy(encode(copy, parent, p.base()));
        } else if (step instanceof FileAction.Step.MakeFile make) {
          out.setMkfile(encode(make, parent, p.base()));
        } else if (step instanceof FileAction.Step.MakeDirectory make) {
          out.setMkdir(encode(make, parent, p.base()));
        } else if (step instanceof FileAction.Step.Remove remove) {
          out.setRm(
              FileActionRm.newBuilder()
                  .setPath(path(parent, remove.path(), false))
                  .setAllowNotFound(remove.allowNotFound())
                  .setAllowWildcard(remove.allowWildcard()));
        } else if (step instanceof FileAction.Step.Symlink link) {
          out.setSymlink(encode(link, p.base()));
        }
        file.addActions(out);
      }
      return file;
    }

    private static FileActionCopy.Builder encode(
        FileAction.Step.Copy copy, String parent, int base) {
      CopyOptions options = copy.options();
      FileActionCopy.Builder out =
          FileActionCopy.newBuilder()
              .setSrc(source(copy))
              .setDest(path(parent, copy.to(), true))
              .addAllIncludePatterns(options.includePatterns())
              .addAllExcludePatterns(options.excludePatterns())
              .addAllRequiredPaths(options.requiredPaths())
              .setAllowWildcard(options.allowWildcard())
              .setAllowEmptyWildcard(options.allowEmptyWildcard())
              .setFollowSymlink(options.followSymlinks())
              .setDirCopyContents(options.directoryContentsOnly())
              .setAttemptUnpackDockerCompatibility(options.unpack())
              .setCreateDestPath(options.createDestination())
              .setTimestamp(FileOptions.nanoseconds(options.created()))
              .setAlwaysReplaceExistingDestPaths(options.replaceExisting());
      if (options.owner() != null) {
        out.setOwner(encode(options.owner(), base));
      }
      if (!options.modeText().isEmpty()) {
        out.setModeStr(options.modeText());
      } else {
        out.setMode(options.mode() == null ? NONE : options.mode());
      }
      return out;
    }

    private static String source(FileAction.Step.Copy copy) {
      String path = SlashPath.clean(copy.from());
      String directory = "/";
      if (!SlashPath.isAbsolute(path)) {
        if (copy.state() != null) {
          directory = copy.state().directory();
        } else if (copy.bound() != null) {
          directory = copy.bound().state.directory();
        }
      }
      return SlashPath.join(directory, path);
    }

    private static FileActionMkFile.Builder encode(
        FileAction.Step.MakeFile make, String parent, int base) {
      FileActionMkFile.Builder out =
          FileActionMkFile.newBuilder()
              .setPath(path(parent, make.path(), false))
              .setMode(make.mode() & 0777)
              .setData(ByteString.copyFrom(make.data()))
              .setTimestamp(FileOptions.nanoseconds(make.options().created()));
      if (make.options().owner() != null) {
        out.setOwner(encode(make.options().owner(), base));
      }
      return out;
    }

    private static FileActionMkDir.Builder encode(
        FileAction.Step.MakeDirectory make, String parent, int base) {
      FileActionMkDir.Builder out =
          FileActionMkDir.newBuilder()
              .setPath(path(parent, make.path(), false))
              .setMode(make.mode() & 0777)
              .setMakeParents(make.parents())
              .setTimestamp(FileOptions.nanoseconds(make.options().created()));
      if (make.options().owner() != null) {
        out.setOwner(encode(make.options().owner(), base));
      }
      return out;
    }

    private static FileActionSymlink.Builder encode(FileAction.Step.Symlink link, int base) {
      FileActionSymlink.Builder out =
          FileActionSymlink.newBuilder()
              .setOldpath(link.target())
              .setNewpath(link.path())
              .setTimestamp(FileOptions.nanoseconds(link.options().created()));
      if (link.options().owner() != null) {
        out.setOwner(encode(link.options().owner(), base));
      }
      return out;
    }

    private static ChownOpt.Builder encode(Owner owner, int base) {
      ChownOpt.Builder out = ChownOpt.newBuilder();
      if (owner.user() != null) {
        out.setUser(encode(owner.user(), base));
      }
      if (owner.group() != null) {
        out.setGroup(encode(owner.group(), base));
      }
      return out;
    }

    private static UserOpt.Builder encode(Owner.Principal principal, int base) {
      return principal.name().isEmpty()
          ? UserOpt.newBuilder().setByID(principal.id())
          : UserOpt.newBuilder()
              .setByName(NamedUserOpt.newBuilder().setName(principal.name()).setInput(base));
    }

    /**
     * An absolute path; the ends {@code /} and {@code /.}, which mean something to a copy, are kept
     * on demand.
     */
    private static String path(String parent, String path, boolean keepSlash) {
      String clean = SlashPath.clean(path);
      if (!SlashPath.isAbsolute(clean)) {
        clean = SlashPath.join("/", parent, clean);
      }
      if (keepSlash) {
        if (path.endsWith("/") && !clean.endsWith("/")) {
          clean += "/";
        } else if (path.endsWith("/.")) {
          clean = (clean.equals("/") ? clean : clean + "/") + ".";
        }
      }
      return clean;
    }
  }
}
