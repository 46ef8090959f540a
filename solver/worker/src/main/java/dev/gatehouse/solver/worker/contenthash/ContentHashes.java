package dev.gatehouse.solver.worker.contenthash;

import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.InputCacheRule;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.linux.FileSystems;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalTree;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Computes checksums of parts of references, and remembers what it read of the references used
 * last.
 *
 * <p>A tree is read through its layers, without a mount, and only as far as a selection asks, each
 * file at most once while its tree is remembered. Files of trees that lie on the disk as they are
 * (folders received from a client) are also known by their inode and times, so a folder that is
 * received again is not read again. Safe for several threads; two that ask for the same tree wait
 * for each other.
 */
public final class ContentHashes {
  private static final int TREES = 128;
  private static final int HINT_DEPTH = 4;

  private final Origin origin;
  private final FileDigests files = new FileDigests();
  private final Map<String, TreeHashes> trees =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, TreeHashes> eldest) {
          return size() > TREES;
        }
      };

  public ContentHashes() {
    this(Origin.UNKNOWN);
  }

  /**
   * @param origin asked for the names near a missing one
   */
  public ContentHashes(Origin origin) {
    this.origin = origin;
  }

  /**
   * What an operation gives the solver as the content digest of an input of which it reads these
   * parts.
   */
  public InputCacheRule.ContentDigest<WorkerResult> digestOf(List<Selection> selections) {
    List<Selection> all = List.copyOf(selections);
    return (input, context) -> Optional.of(checksum(input, all));
  }

  /** The checksum of several parts together. */
  public Digest checksum(WorkerResult input, List<Selection> selections)
      throws SolveException, IOException, InterruptedException {
    List<Selection> parts = selections.isEmpty() ? List.of(Selection.of("/", false)) : selections;
    List<String> checksums = new ArrayList<>();
    for (Selection part : parts) {
      checksums.add(checksum(input, part).toString());
    }
    return Digest.sha256(String.join("\0", checksums));
  }

  /**
   * The checksum of a part.
   *
   * @throws SolveException if a path leads to nothing; the message names a path that is near
   */
  public Digest checksum(WorkerResult input, Selection selection)
      throws SolveException, IOException, InterruptedException {
    if (input.reference().isEmpty()) {
      if (selection.path().isEmpty() || selection.path().equals("/")) {
        return Digest.sha256("");
      }
      throw missing("scratch", new MissingPathException(selection.path(), Optional.empty()));
    }
    ImmutableReference reference = input.reference().get();
    TreeHashes tree;
    synchronized (trees) {
      tree = trees.computeIfAbsent(reference.id(), id -> new TreeHashes());
    }
    tree.lock().lockInterruptibly();
    try {
      Optional<Digest> known = tree.known(selection);
      if (known.isPresent()) {
        return known.get();
      }
      try (LocalTree open = reference.read()) {
        boolean stable =
            open.directory().isPresent()
                && FileSystems.space(open.directory().get()).type() != FileSystems.OVERLAYFS;
        return tree.checksum(
            open.root(), selection, stable ? Optional.of(files) : Optional.empty());
      } catch (MissingPathException e) {
        throw missing(reference.id(), hinted(reference, e));
      }
    } finally {
      tree.lock().unlock();
    }
  }

  private MissingPathException hinted(ImmutableReference reference, MissingPathException e)
      throws InterruptedException {
    if (e.isHinted()) {
      return e;
    }
    // The first component that is missing is the one that was misspelt.
    String at = SlashPath.join("/", e.path());
    for (int depth = 0; depth < HINT_DEPTH && !at.equals("/"); depth++) {
      String parent = SlashPath.directory(at);
      List<String> names = origin.names(reference, parent);
      if (!names.isEmpty()) {
        Optional<String> near =
            NearNames.nearest(SlashPath.base(at), names).map(name -> SlashPath.join(parent, name));
        return near.isEmpty() ? e : new MissingPathException(e.path(), near);
      }
      at = parent;
    }
    return e;
  }

  private static SolveException missing(String reference, MissingPathException e) {
    return new SolveException(
        "content.not-found",
        ErrorCategory.USER,
        "failed to calculate checksum of ref %s: %s".formatted(reference, e.getMessage()),
        e);
  }
}
