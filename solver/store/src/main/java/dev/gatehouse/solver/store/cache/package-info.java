/**
 * The solver's cache records in the store's database.
 *
 * <p>{@link dev.gatehouse.solver.store.cache.DatabaseCacheStorage} is all there is. What a record's
 * result is, the worker knows.
 */
@NullMarked
package dev.gatehouse.solver.store.cache;

import org.jspecify.annotations.NullMarked;
