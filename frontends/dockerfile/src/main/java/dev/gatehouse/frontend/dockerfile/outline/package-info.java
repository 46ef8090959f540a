/**
 * What a Dockerfile has to offer, for people and tools: the results of {@code frontend.lint},
 * {@code frontend.outline}, {@code frontend.targets} and {@code frontend.subrequests.describe}, in
 * JSON and text as BuildKit writes them.
 */
@NullMarked
package dev.gatehouse.frontend.dockerfile.outline;

import org.jspecify.annotations.NullMarked;
