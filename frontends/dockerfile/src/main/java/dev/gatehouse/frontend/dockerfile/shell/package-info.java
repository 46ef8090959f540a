/**
 * Word expansion: variables, quotes, escapes and splitting in the words of an instruction.
 *
 * <p>{@link dev.gatehouse.frontend.dockerfile.shell.WordExpander} takes a word and an {@link
 * dev.gatehouse.frontend.dockerfile.shell.Environment} and gives an {@link
 * dev.gatehouse.frontend.dockerfile.shell.Expansion}. The syntax of words is in the {@code parse}
 * package; what they evaluate to is here.
 */
@NullMarked
package dev.gatehouse.frontend.dockerfile.shell;

import org.jspecify.annotations.NullMarked;
