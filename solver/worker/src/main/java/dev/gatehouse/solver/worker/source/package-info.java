/**
 * Where build graphs begin: images, directories of clients, archives, repositories.
 *
 * <p>A {@link dev.gatehouse.solver.worker.source.Source} knows one or more schemes of source
 * identifiers; for each operation it gives a {@link
 * dev.gatehouse.solver.worker.source.SourceInstance} which first tells its key and then, if nothing
 * is cached under it, fetches. {@link dev.gatehouse.solver.worker.source.SourceResolver} answers
 * what frontends ask without fetching, {@link dev.gatehouse.solver.worker.source.SourceOperation}
 * makes a vertex of one. Each source is a package below this one; only what all share may enter
 * here.
 */
@NullMarked
package dev.gatehouse.solver.worker.source;

import org.jspecify.annotations.NullMarked;
