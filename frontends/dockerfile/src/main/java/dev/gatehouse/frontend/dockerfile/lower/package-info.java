/**
 * From understood instructions to LLB: the operations, the image config and its history, byte for
 * byte what BuildKit's own frontend makes of the same file.
 *
 * <p>{@link dev.gatehouse.frontend.dockerfile.lower.Conversion} converts a file. It plans the
 * stages ({@code StagePlan}), looks up what they stand on ({@code BaseImages}) and lowers their
 * instructions, a class for each family. What a file looks like on disk is known in {@code parse},
 * how a result is returned in the package above.
 */
@NullMarked
package dev.gatehouse.frontend.dockerfile.lower;

import org.jspecify.annotations.NullMarked;
