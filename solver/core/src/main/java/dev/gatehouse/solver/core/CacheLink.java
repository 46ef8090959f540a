package dev.gatehouse.solver.core;

import java.util.Optional;

/**
 * How one cache key leads to another: through which input, into which output, of which operation.
 *
 * @param input the position among the operation's inputs that the first key stands for
 * @param output the position among the operation's outputs that the second key stands for
 * @param digest the {@linkplain CacheMap#digest() operation's digest}
 * @param selector the part of the input that is read, empty for content keys and for whole inputs
 */
public record CacheLink(int input, int output, Digest digest, Optional<Digest> selector) {}
