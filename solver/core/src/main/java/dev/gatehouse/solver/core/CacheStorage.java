package dev.gatehouse.solver.core;

import java.util.List;
import java.util.Set;

/**
 * Remembers which cache keys are known, how one leads to the next, and which results they stand
 * for.
 *
 * <p>Keys are opaque texts. A <i>root</i> key stands for an operation without inputs or for
 * content; it is the digest that {@link CacheKeys#root} computes. Every other key is reached by
 * links: key K is reached from K1 by the link (input 0, output 0, digest D) if the operation D, run
 * on the result of K1, gave the result of K. A key with several inputs is reached by a link from
 * each, and a key may be reached from several keys through the same input, because one result may
 * have been reached by definition and by content.
 *
 * <p>Example: image I, then RUN on it:
 *
 * <pre>{@code
 * addResult(root(I, 0), image)
 * addLink(root(I, 0), new CacheLink(0, 0, run, empty), "k1")
 * addResult("k1", outcome)
 * }</pre>
 *
 * <p>Methods are called from many threads, also from virtual threads, and each is atomic. What was
 * added is seen by every later call; whether it survives a crash is left to the implementation, as
 * long as what does survive is a state that some order of the calls could have left. Records of
 * results that have gone since are found by {@link #results} until {@link #release} is called;
 * readers check with the {@link ResultStorage}. The contract is tested by {@code
 * CacheStorageContract}.
 */
public interface CacheStorage {
  /** Whether the key has a result, or leads to another key. */
  boolean exists(String key);

  /** The keys that {@code link} leads to from {@code key}. */
  List<String> links(String key, CacheLink link);

  /** Records that {@code link} leads from {@code key} to {@code target}. */
  void addLink(String key, CacheLink link, String target);

  /** All links that lead to {@code key}. */
  List<Backlink> backlinks(String key);

  /** The results recorded for a key. */
  List<CacheResult> results(String key);

  /** Records a result for a key; replaces an older record of the same result and key. */
  void addResult(String key, CacheResult result);

  /**
   * Returns when everything added so far survives the end of this process. Called after an
   * operation that took long enough to be worth the wait, before anything is built upon its result.
   */
  void persist();

  /** The keys that a result is recorded for. */
  List<String> keys(String resultId);

  /** The ids of all results recorded. */
  Set<String> resultIds();

  /**
   * Forgets a result under all its keys, and then every key that has neither a result nor leads
   * anywhere, together with the links that lead to it.
   */
  void release(String resultId);

  /**
   * A link seen from its end.
   *
   * @param key where the link comes from
   */
  record Backlink(String key, CacheLink link) {}
}
