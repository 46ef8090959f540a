package dev.gatehouse.solver.store;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** What both kinds of handle do alike. */
final class Handles {
  private Handles() {}

  /** The mounts of a record, which holds it until closed. */
  static MountSet mount(
      References references, Record record, LayerProviders providers, boolean readonly)
      throws IOException, InterruptedException {
    references.materializer.ready(record, providers);
    List<Mount> mounts = references.materializer.mounts(record, readonly);
    references.hold(record);
    AtomicBoolean closed = new AtomicBoolean();
    return new MountSet() {
      @Override
      public List<Mount> mounts() {
        return mounts;
      }

      @Override
      public void close() {
        if (closed.compareAndSet(false, true)) {
          references.release(record);
        }
      }
    };
  }
}
