package dev.gatehouse.frontend.dockerfile.lint;

/**
 * A build check.
 *
 * @param description one sentence on what it wants
 * @param url a page with examples, or empty
 * @param experimental off unless asked for
 */
public record LintRule(String name, String description, String url, boolean experimental) {}
