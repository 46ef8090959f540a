package dev.gatehouse.solver.store;

import java.io.IOException;

/** The one handle of a record that is being written. */
final class ActiveHandle extends Handle implements ActiveReference {
  ActiveHandle(References references, Record record, LayerProviders providers) {
    super(references, record, providers);
  }

  /** Ends this handle; mounts of the tree must be closed before. */
  private void use() {
    checkOpen();
    if (record.handles > 1) {
      throw new IllegalStateException("reference " + record.id + " is still mounted");
    }
    if (!end()) {
      throw new IllegalStateException("closed handle of reference " + record.id);
    }
  }

  @Override
  public ImmutableReference commit() throws IOException {
    use();
    return references.commits.commit(record, providers);
  }

  @Override
  public ImmutableReference commitRetained() throws IOException {
    if (!record.retained) {
      throw new IllegalStateException("reference " + record.id + " is not retained");
    }
    use();
    return references.commits.commitRetained(record);
  }

  @Override
  public void setRetained(boolean retained) {
    checkOpen();
    references.values.setRetained(record, retained);
  }

  @Override
  public String toString() {
    return "active reference " + record.id;
  }
}
