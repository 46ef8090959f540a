/**
 * Build checks: the rules, and the linter that decides what is reported.
 *
 * <p>A {@link dev.gatehouse.frontend.dockerfile.lint.LintRule} is a value; {@link
 * dev.gatehouse.frontend.dockerfile.lint.LintRules} has all of them. Whoever sees a violation tells
 * the {@link dev.gatehouse.frontend.dockerfile.lint.Linter}, which applies {@code # check=} and
 * hands what is left to a {@link dev.gatehouse.frontend.dockerfile.lint.LintSink}.
 */
@NullMarked
package dev.gatehouse.frontend.dockerfile.lint;

import org.jspecify.annotations.NullMarked;
