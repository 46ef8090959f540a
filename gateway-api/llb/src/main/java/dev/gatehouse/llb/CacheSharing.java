package dev.gatehouse.llb;

/** What happens when two commands want one cache mount at once. */
public enum CacheSharing {
  /** Both write to it. */
  SHARED,
  /** The second gets another one. */
  PRIVATE,
  /** The second waits. */
  LOCKED
}
