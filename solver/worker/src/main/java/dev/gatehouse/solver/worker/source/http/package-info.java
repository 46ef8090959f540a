/**
 * Files behind URLs, {@code http://} and {@code https://}.
 *
 * <p>{@link dev.gatehouse.solver.worker.source.http.HttpSource} reads identifiers; its instances
 * ask the server whether a file that was fetched before is still the same, and keep each fetched
 * file as a committed tree of one file with what the server said about it. What may enter: the
 * download of one file, its verification and its revalidation.
 */
@NullMarked
package dev.gatehouse.solver.worker.source.http;

import org.jspecify.annotations.NullMarked;
