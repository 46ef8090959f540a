package dev.gatehouse.solver.worker.registry;

/** One repository of a registry. */
public final class Repository {
  Repository() {}
}
