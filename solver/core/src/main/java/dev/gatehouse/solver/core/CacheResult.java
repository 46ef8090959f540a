package dev.gatehouse.solver.core;

import java.time.Instant;

/**
 * A record that a result exists for a cache key.
 *
 * @param id names the result in the {@link ResultStorage} beside the {@link CacheStorage}
 * @param createdAt when the result came to be
 */
public record CacheResult(String id, Instant createdAt) {}
