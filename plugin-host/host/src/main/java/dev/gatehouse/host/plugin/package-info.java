/**
 * Frontends that live in the daemon: zips in a folder, each with a class loader of its own.
 *
 * <p>{@link dev.gatehouse.host.plugin.PluginFolder} keeps up with what lies in the folders, {@link
 * dev.gatehouse.host.plugin.LoadedPlugin} is one version of one plugin, usable by builds until the
 * last of them is done with it. PF4J reads descriptors and drives the lifecycle and shows in no
 * signature. What a frontend does with a build is not decided here.
 */
@NullMarked
package dev.gatehouse.host.plugin;

import org.jspecify.annotations.NullMarked;
