/**
 * What the options of a build mean: {@link dev.gatehouse.cli.build.BuildArguments} makes a request
 * of them with a class for each group, such as contexts, outputs and attestations, and {@link
 * dev.gatehouse.cli.build.CallArguments} the questions that are asked in a build's place. Nothing
 * here talks to a daemon before it is handed a client, or draws on the terminal.
 */
@NullMarked
package dev.gatehouse.cli.build;

import org.jspecify.annotations.NullMarked;
