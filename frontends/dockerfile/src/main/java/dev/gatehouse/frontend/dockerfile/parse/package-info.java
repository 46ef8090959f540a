/**
 * From bytes to a syntax tree whose every node knows its range.
 *
 * <p>{@link dev.gatehouse.frontend.dockerfile.parse.DockerfileParser} reads a file into a {@link
 * dev.gatehouse.frontend.dockerfile.parse.ParsedDockerfile}, a list of {@link
 * dev.gatehouse.frontend.dockerfile.parse.InstructionNode}s; {@link
 * dev.gatehouse.frontend.dockerfile.parse.DockerfileException} is the one error of reading and
 * lowering a file. What an instruction means is not known here. ANTLR's types enter here and
 * nowhere else in this module.
 */
@NullMarked
package dev.gatehouse.frontend.dockerfile.parse;

import org.jspecify.annotations.NullMarked;
