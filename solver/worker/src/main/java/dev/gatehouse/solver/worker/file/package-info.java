/**
 * Operations on file trees without a process: copy, make, remove and link files; lay trees over
 * each other; take what one adds to another.
 *
 * <p>{@link dev.gatehouse.solver.worker.file.FileOperation}, {@link
 * dev.gatehouse.solver.worker.file.MergeOperation} and {@link
 * dev.gatehouse.solver.worker.file.DiffOperation} are the doors. Each path is resolved with its
 * tree as the root. Results and cache keys are BuildKit's; nothing here knows who receives them.
 */
@NullMarked
package dev.gatehouse.solver.worker.file;

import org.jspecify.annotations.NullMarked;
