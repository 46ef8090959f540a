/**
 * Git repositories, {@code git://}, through the git command.
 *
 * <p>{@link dev.gatehouse.solver.worker.source.git.GitSource} reads identifiers. Each remote has
 * one bare repository in the store, a mutable tree that fetches add to; checkouts are committed
 * trees, found again by commit. What may enter: the repository, its checkouts, and how git is
 * called so that nothing of this host and nothing of a stranger's repository takes part.
 */
@NullMarked
package dev.gatehouse.solver.worker.source.git;

import org.jspecify.annotations.NullMarked;
