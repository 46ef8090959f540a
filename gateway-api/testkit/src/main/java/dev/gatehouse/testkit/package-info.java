/**
 * Tests of frontends without a daemon.
 *
 * <p>{@link dev.gatehouse.testkit.InMemoryGateway} is a gateway over folders that records what a
 * frontend asks of it and solves nothing; {@link dev.gatehouse.testkit.Conversion} is what a
 * frontend made against it, with assertions; {@link dev.gatehouse.testkit.Recording} keeps a
 * conversation with a real daemon and plays it back. Only {@link
 * dev.gatehouse.testkit.FixtureTests} and {@link dev.gatehouse.testkit.FrontendExtension} need
 * JUnit. No assertion library and no daemon may enter.
 */
@NullMarked
package dev.gatehouse.testkit;

import org.jspecify.annotations.NullMarked;
