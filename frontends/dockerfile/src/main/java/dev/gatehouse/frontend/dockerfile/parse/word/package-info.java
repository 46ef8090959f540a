/**
 * The syntax of words that are to be expanded: {@link
 * dev.gatehouse.frontend.dockerfile.parse.word.Word} and its {@link
 * dev.gatehouse.frontend.dockerfile.parse.word.WordPart}s. What they evaluate to is the business of
 * the {@code shell} package; ANTLR's types stay inside.
 */
@NullMarked
package dev.gatehouse.frontend.dockerfile.parse.word;

import org.jspecify.annotations.NullMarked;
