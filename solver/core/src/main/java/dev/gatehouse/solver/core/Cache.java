package dev.gatehouse.solver.core;

/**
 * A place where results may be found: records of cache keys and the results they stand for.
 *
 * <p>A solver has one that it also writes to; a build may bring further ones to read from, for
 * example the manifest of a cache in a registry.
 *
 * @param id tells caches apart; two with the same id are the same cache
 */
public record Cache<R>(String id, CacheStorage storage, ResultStorage<R> results) {}
