/**
 * The grammars of the Dockerfile language and the streams that feed them.
 *
 * <p>A Dockerfile's lines depend on state that no grammar should carry (an escape character set in
 * a comment, continuations with comments between them, here-documents whose end is a word of their
 * start). Whoever reads a file splits it into logical lines; here are the grammars of a line
 * ({@code InstructionParser}), of a JSON array in it ({@code JsonParser}), of a word to be expanded
 * ({@code WordParser}) and of a parser directive ({@code DirectiveParser}). {@link
 * dev.gatehouse.grammar.dockerfile.ClassifiedStream} gives the lexers what they tell apart, and no
 * more.
 */
@NullMarked
package dev.gatehouse.grammar.dockerfile;

import org.jspecify.annotations.NullMarked;
