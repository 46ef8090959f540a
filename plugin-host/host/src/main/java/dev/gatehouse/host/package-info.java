/**
 * Runs frontends: plugins in this process, images in containers, nested ones inside of others, all
 * of them behind the one gateway server and over one {@code Build} of the worker.
 *
 * <p>{@link dev.gatehouse.host.FrontendHost} knows every frontend there is, {@link
 * dev.gatehouse.host.HostedBuild} is one build seen from its frontends. How clients reach a build
 * is the daemon's business; how LLB is solved is the worker's.
 */
@NullMarked
package dev.gatehouse.host;

import org.jspecify.annotations.NullMarked;
