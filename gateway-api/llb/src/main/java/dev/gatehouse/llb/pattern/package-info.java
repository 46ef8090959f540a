/**
 * The patterns that select files for a transfer, a copy or a checksum, with one meaning everywhere:
 * that of ignore files.
 *
 * <p>{@link dev.gatehouse.llb.pattern.PatternMatcher} answers for one path, or along a walk of a
 * tree; {@link dev.gatehouse.llb.pattern.Glob} matches one pattern. No file is read here.
 */
@NullMarked
package dev.gatehouse.llb.pattern;

import org.jspecify.annotations.NullMarked;
