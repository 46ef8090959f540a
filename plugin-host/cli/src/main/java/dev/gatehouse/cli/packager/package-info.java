/**
 * Turns a frontend jar into what people use: an OCI image that any BuildKit runs as {@code #
 * syntax=} image, and a plugin zip. {@link dev.gatehouse.cli.packager.FrontendPackager} does the
 * whole job; {@link dev.gatehouse.cli.packager.MergedJar}, {@link
 * dev.gatehouse.cli.packager.JavaRuntime} and {@link dev.gatehouse.cli.packager.ClassArchive} make
 * the parts and {@link dev.gatehouse.cli.packager.ImageLayout} writes them out.
 *
 * <p>Nothing here needs a container engine. The same jars, JDK, C library and list of classes give
 * the same image, byte for byte.
 */
@NullMarked
package dev.gatehouse.cli.packager;

import org.jspecify.annotations.NullMarked;
