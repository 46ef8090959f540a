/**
 * Caches that travel: records and layers in BuildKit's manifest format, read from and written to
 * registries, directories of clients and the configuration of images.
 *
 * <p>{@link dev.gatehouse.solver.worker.cache.CacheConfig} is the format, {@link
 * dev.gatehouse.solver.worker.cache.CacheImporter} and {@link
 * dev.gatehouse.solver.worker.cache.CacheExporter} move it. How records are found and made, the
 * solver core knows.
 */
@NullMarked
package dev.gatehouse.solver.worker.cache;

import org.jspecify.annotations.NullMarked;
