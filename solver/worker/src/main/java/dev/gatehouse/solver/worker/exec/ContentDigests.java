package dev.gatehouse.solver.worker.exec;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Digests what lies at some paths of a result, for cache keys. */
@FunctionalInterface
public interface ContentDigests {
  /**
   * @param paths absolute paths, followed where they are symlinks; none for the whole tree
   * @return empty if the content has no checksum
   */
  Optional<Digest> digest(WorkerResult result, List<String> paths)
      throws IOException, InterruptedException;
}
