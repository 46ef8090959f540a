/**
 * The {@code gatehouse} command.
 *
 * <p>{@link dev.gatehouse.cli.Main} is where it starts; each subcommand is a class that describes
 * its options and does its work. Commands are clients of any BuildKit daemon, except for {@code
 * daemon}, which is one. Options are described in code, not by annotations: that saves the
 * reflection at each start. What they share of that is in {@code option}; what a build's options
 * mean is in {@code build}, how a build is shown in {@code progress}.
 */
@NullMarked
package dev.gatehouse.cli;

import org.jspecify.annotations.NullMarked;
