/**
 * How long conversions take: JMH benchmarks, run by hand with {@code mvn -Pbench -pl
 * frontends/dockerfile verify -DskipTests}.
 */
@NullMarked
package dev.gatehouse.frontend.dockerfile.bench;

import org.jspecify.annotations.NullMarked;
