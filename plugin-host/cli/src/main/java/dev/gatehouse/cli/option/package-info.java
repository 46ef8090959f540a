/**
 * Options of commands: {@link dev.gatehouse.cli.option.Options} describes and reads them, {@link
 * dev.gatehouse.cli.option.Arguments} takes their values apart, and {@link
 * dev.gatehouse.cli.option.UsageException} is the error of a command line that makes no sense. What
 * an option means to a build has no place here.
 */
@NullMarked
package dev.gatehouse.cli.option;

import org.jspecify.annotations.NullMarked;
