/**
 * The Dockerfile frontend: {@link dev.gatehouse.frontend.dockerfile.DockerfileFrontend} is the
 * whole of it to the outside.
 *
 * <p>Below it, {@code parse} reads files, {@code instruction} understands them, {@code shell}
 * expands words, {@code lint} checks, {@code lower} makes LLB and {@code outline} answers what is
 * no build. Here is only what a build asks of a frontend: which file to read, which frontend it
 * names, and in which form the outcome or the failure goes back.
 */
@NullMarked
package dev.gatehouse.frontend.dockerfile;

import org.jspecify.annotations.NullMarked;
