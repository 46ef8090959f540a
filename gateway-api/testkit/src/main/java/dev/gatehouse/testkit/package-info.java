/**
 * Tests of frontends without a daemon.
 *
 * <p>{@link dev.gatehouse.testkit.InMemoryGateway} is a gateway over folders that records what a
 * frontend asks of it and solves nothing. No assertion library and no daemon may enter.
 */
@NullMarked
package dev.gatehouse.testkit;

import org.jspecify.annotations.NullMarked;
