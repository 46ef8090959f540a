package dev.gatehouse.solver.store;

class NativeReferenceStoreIT extends ReferenceStoreContract {
  @Override
  StoreOptions.Snapshotter snapshotter() {
    return StoreOptions.Snapshotter.NATIVE;
  }
}
