/**
 * Reads {@code buildkitd.toml}: the same tables and keys as BuildKit's daemon, so that an existing
 * file keeps its meaning.
 *
 * <p>{@link dev.gatehouse.daemon.config.DaemonConfig} is what the rest of the daemon sees; {@link
 * dev.gatehouse.daemon.config.ConfigReader} makes it from a file and refuses what it does not know,
 * with the line and the nearest key. Only data and its parsing live here: defaults that depend on
 * the machine (disk size, user) are resolved by whoever uses the value.
 */
@NullMarked
package dev.gatehouse.daemon.config;

import org.jspecify.annotations.NullMarked;
