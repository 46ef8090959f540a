package dev.gatehouse.frontend.dockerfile.lint;

/**
 * A violation of a rule, without its place.
 *
 * @param message what is wrong here
 */
public record LintFinding(LintRule rule, String message) {}
