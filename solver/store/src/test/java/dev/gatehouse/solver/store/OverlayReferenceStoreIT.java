package dev.gatehouse.solver.store;

class OverlayReferenceStoreIT extends ReferenceStoreContract {
  @Override
  StoreOptions.Snapshotter snapshotter() {
    return StoreOptions.Snapshotter.OVERLAY;
  }
}
