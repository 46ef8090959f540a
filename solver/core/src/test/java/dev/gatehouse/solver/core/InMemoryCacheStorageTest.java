package dev.gatehouse.solver.core;

class InMemoryCacheStorageTest extends CacheStorageContract {
  @Override
  protected CacheStorage storage() {
    return new InMemoryCacheStorage();
  }
}
