package dev.gatehouse.llb;

/** Whether the content of a mount may stand for its definition in the cache key. */
public enum ContentCache {
  /** The daemon decides. */
  DEFAULT,
  ON,
  OFF
}
