/**
 * A program that builds without a daemon beside it: {@link
 * dev.gatehouse.samples.embedded.EmbeddedBuild} holds the solver in its own process and hands it a
 * definition.
 */
@NullMarked
package dev.gatehouse.samples.embedded;

import org.jspecify.annotations.NullMarked;
