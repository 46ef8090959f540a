/**
 * What every frontend needs and would else write again: {@link
 * dev.gatehouse.frontend.kit.FrontendOptions} reads the options of a build, {@link
 * dev.gatehouse.frontend.kit.BuildContext} finds the file to convert, the main and the named
 * contexts and the ignore file, {@link dev.gatehouse.frontend.kit.PlatformBuild} builds one result
 * a platform, and {@link dev.gatehouse.frontend.kit.Subrequests} answers what is no build.
 *
 * <p>Options, contexts and results have the meaning and the wire form of BuildKit's own frontend,
 * so that clients need not know which frontend runs. Nothing of a language may enter.
 */
@NullMarked
package dev.gatehouse.frontend.kit;

import org.jspecify.annotations.NullMarked;
