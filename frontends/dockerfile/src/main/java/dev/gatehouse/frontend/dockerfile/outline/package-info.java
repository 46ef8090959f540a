/**
 * What a Dockerfile has to offer, for people and tools: the results of {@code frontend.lint},
 * {@code frontend.outline}, {@code frontend.targets} and {@code frontend.subrequests.describe}, in
 * JSON and text as BuildKit writes them.
 *
 * <p>{@link dev.gatehouse.frontend.dockerfile.outline.LintReport}, {@link
 * dev.gatehouse.frontend.dockerfile.outline.Outline} and {@link
 * dev.gatehouse.frontend.dockerfile.outline.TargetList} are the results as data; each becomes the
 * metadata of a build's result.
 */
@NullMarked
package dev.gatehouse.frontend.dockerfile.outline;

import org.jspecify.annotations.NullMarked;
