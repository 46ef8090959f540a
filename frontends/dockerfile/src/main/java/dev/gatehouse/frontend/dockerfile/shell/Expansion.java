package dev.gatehouse.frontend.dockerfile.shell;

import java.util.List;
import java.util.Set;

/**
 * What a word expands to.
 *
 * @param result the word as one text
 * @param words the word split at blanks that are not quoted
 * @param matched names of variables that were used and set, in order of first use
 * @param unmatched names of variables that were used and not set, in order of first use
 */
public record Expansion(
    String result, List<String> words, Set<String> matched, Set<String> unmatched) {}
