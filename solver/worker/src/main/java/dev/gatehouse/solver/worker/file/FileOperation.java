package dev.gatehouse.solver.worker.file;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.protocol.pb.ChownOpt;
import dev.gatehouse.protocol.pb.FileAction;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.solver.core.CacheMap;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.linux.ReadableRoot;
import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalTree;
import dev.gatehouse.solver.store.ReferenceStore;
import dev.gatehouse.solver.worker.contenthash.ContentHashes;
import dev.gatehouse.solver.worker.op.LlbOperation;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.OperationFactory;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Copies, makes, removes and links files.
 *
 * <p>Actions form a graph: their inputs are the operation's inputs by index, and after these the
 * actions themselves. What only the next action needs is not committed in between: a chain is one
 * snapshot and one mount.
 */
public final class FileOperation implements LlbOperation {
  private final ReferenceStore references;
  private final ContentHashes contents;
  private final List<FileAction> actions;
  private final int inputs;

  private FileOperation(
      ReferenceStore references, ContentHashes contents, List<FileAction> actions, int inputs) {
    this.references = references;
    this.contents = contents;
    this.actions = actions;
    this.inputs = inputs;
  }

  /** Makes file operations over a store. */
  public static OperationFactory factory(ReferenceStore references, ContentHashes contents) {
    return request -> {
      try {
        Op op = Op.parseFrom(request.op());
        if (op.getFile().getActionsCount() == 0) {
          throw invalid("invalid file op with no actions");
        }
        return new FileOperation(
            references, contents, op.getFile().getActionsList(), op.getInputsCount());
      } catch (InvalidProtocolBufferException e) {
        throw new SolveException(
            "definition.invalid", ErrorCategory.USER, "failed to parse llb proto op", e);
      }
    };
  }

  private static SolveException invalid(String message) {
    return new SolveException("file.invalid", ErrorCategory.USER, message);
  }

  @Override
  public CacheMap<WorkerResult> cacheMap(OperationContext context) throws SolveException {
    return FileCacheKey.of(actions, inputs, contents);
  }

  @Override
  public List<WorkerResult> execute(List<WorkerResult> given, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    String name = context.name().isEmpty() ? "fileop target" : context.name();
    try (Run run = new Run(given, name)) {
      return run.outputs();
    }
  }

  /** One evaluation of the graph. */
  private final class Run implements AutoCloseable {
    private final List<WorkerResult> given;
    private final String description;

    /** By output, the node that it is. */
    private final Map<Integer, Integer> outputs = new HashMap<>();

    /** How often a node is used, the outputs counted twice: more than once means commit. */
    private final Map<Integer, Integer> uses = new HashMap<>();

    private final Map<Integer, WorkerResult> committed = new HashMap<>();
    private final Map<Integer, Tree> open = new HashMap<>();
    private final Map<Integer, LocalTree> readers = new HashMap<>();

    Run(List<WorkerResult> given, String description) throws SolveException {
      this.given = given;
      this.description = description;
      check();
    }

    private void check() throws SolveException {
      int nodes = given.size() + actions.size();
      for (int i = 0; i < actions.size(); i++) {
        FileAction a = actions.get(i);
        int node = given.size() + i;
        if (a.getInput() < -1 || a.getInput() >= nodes) {
          throw invalid("invalid input index %s, %s provided".formatted(a.getInput(), nodes));
        }
        if (a.getSecondaryInput() < -1 || a.getSecondaryInput() >= nodes) {
          throw invalid(
              "invalid secondary input index %s, %s provided"
                  .formatted(a.getSecondaryInput(), given.size()));
        }
        // An action that uses itself or a later one would wait for itself.
        if (a.getInput() >= node || a.getSecondaryInput() >= node) {
          throw invalid("loop from index " + node);
        }
        uses.merge((int) a.getInput(), 1, Integer::sum);
        uses.merge((int) a.getSecondaryInput(), 1, Integer::sum);
        if (a.getOutput() != -1) {
          if (a.getOutput() < 0 || outputs.putIfAbsent((int) a.getOutput(), node) != null) {
            throw invalid("duplicate output " + a.getOutput());
          }
          uses.merge(node, 2, Integer::sum);
        }
      }
      if (outputs.isEmpty()) {
        throw invalid("no outputs specified");
      }
      for (int i = 0; i < outputs.size(); i++) {
        if (!outputs.containsKey(i)) {
          throw invalid("missing output index " + i);
        }
      }
    }

    List<WorkerResult> outputs() throws SolveException, IOException, InterruptedException {
      for (int i = 0; i < actions.size(); i++) {
        // Those that nothing uses run as well as in BuildKit: not at all.
        if (uses.getOrDefault(given.size() + i, 0) > 0) {
          run(i);
        }
      }
      List<WorkerResult> results = new ArrayList<>();
      for (int i = 0; i < outputs.size(); i++) {
        WorkerResult r = committed.get(outputs.get(i));
        if (r == null) {
          throw new IllegalStateException("output " + i + " was not committed");
        }
        results.add(r.share());
      }
      return results;
    }

    private void run(int index) throws SolveException, IOException, InterruptedException {
      FileAction a = actions.get(index);
      int node = given.size() + index;
      Tree target = target((int) a.getInput());
      boolean done = false;
      try {
        try {
          perform(a, target);
        } catch (IOException e) {
          throw FileActionException.of(index, e);
        }
        if (uses.getOrDefault(node, 0) > 1) {
          ImmutableReference r = target.commit();
          committed.put(node, WorkerResult.of(r));
        } else {
          open.put(node, target);
        }
        done = true;
      } finally {
        closeReaders();
        if (!done) {
          target.close();
        }
      }
    }

    private void perform(FileAction a, Tree target)
        throws SolveException, IOException, InterruptedException {
      RootDirectory tree = target.root();
      switch (a.getActionCase()) {
        case MKDIR ->
            PathActions.mkdir(
                tree, a.getMkdir(), owner(a.getMkdir().hasOwner(), a.getMkdir().getOwner()));
        case MKFILE ->
            PathActions.mkfile(
                tree, a.getMkfile(), owner(a.getMkfile().hasOwner(), a.getMkfile().getOwner()));
        case SYMLINK ->
            PathActions.symlink(
                tree, a.getSymlink(), owner(a.getSymlink().hasOwner(), a.getSymlink().getOwner()));
        case RM -> PathActions.rm(tree, a.getRm());
        case COPY ->
            PathActions.copy(
                reader((int) a.getSecondaryInput()),
                tree,
                a.getCopy(),
                owner(a.getCopy().hasOwner(), a.getCopy().getOwner()));
        case ACTION_NOT_SET -> throw invalid("invalid action type");
      }
    }

    private Optional<Owner> owner(boolean present, ChownOpt owner)
        throws IOException, InterruptedException {
      return present ? Owner.of(owner, this::reader) : Optional.empty();
    }

    /** The result of a node; empty for what is still open. */
    private Optional<WorkerResult> result(int node) {
      if (node < 0) {
        return Optional.of(WorkerResult.SCRATCH);
      }
      return node < given.size()
          ? Optional.of(given.get(node))
          : Optional.ofNullable(committed.get(node));
    }

    /** The tree that an action writes: a new one upon a result, or one that is still open. */
    private Tree target(int node) throws IOException, InterruptedException {
      Optional<WorkerResult> result = result(node);
      if (result.isPresent()) {
        return Tree.writing(references, result.get().reference(), description);
      }
      Tree t = open.remove(node);
      if (t == null) {
        throw new IllegalStateException("node " + node + " is used twice");
      }
      return t;
    }

    /** The tree that an action reads. */
    private ReadableRoot reader(int node) throws IOException, InterruptedException {
      Optional<WorkerResult> result = result(node);
      if (result.isEmpty()) {
        Tree t = open.get(node);
        if (t == null) {
          throw new IOException("invalid input index " + node);
        }
        return t.root();
      }
      LocalTree t = readers.get(node);
      if (t == null) {
        Optional<ImmutableReference> reference = result.get().reference();
        t =
            reference.isPresent()
                ? reference.get().read()
                : Tree.writing(references, Optional.empty(), description);
        readers.put(node, t);
      }
      return t.root();
    }

    private void closeReaders() {
      readers.values().forEach(LocalTree::close);
      readers.clear();
    }

    @Override
    public void close() {
      closeReaders();
      open.values().forEach(Tree::close);
      committed.values().forEach(WorkerResult::close);
    }
  }
}
