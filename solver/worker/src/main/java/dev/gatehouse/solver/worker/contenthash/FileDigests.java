package dev.gatehouse.solver.worker.contenthash;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.linux.FileStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Content digests of files by what identifies them on this disk. A file that changed has another
 * time of change, which nobody can set.
 */
final class FileDigests {
  private static final int FILES = 200_000;

  private record Identity(
      long device, long inode, long size, long modified, long changeSeconds, int changeNanos) {}

  private final Map<Identity, Digest> digests =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Identity, Digest> eldest) {
          return size() > FILES;
        }
      };

  synchronized Optional<Digest> get(FileStatus status) {
    return Optional.ofNullable(digests.get(identity(status)));
  }

  synchronized void put(FileStatus status, Digest digest) {
    digests.put(identity(status), digest);
  }

  private static Identity identity(FileStatus status) {
    return new Identity(
        status.device(),
        status.inode(),
        status.size(),
        status.modifyTimeNanos(),
        status.changeSeconds(),
        status.changeNanos());
  }
}
