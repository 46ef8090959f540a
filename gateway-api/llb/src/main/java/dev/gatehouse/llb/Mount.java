package dev.gatehouse.llb;

/**
 * A mount of a command that holds files.
 *
 * @param target absolute path in the command's file system
 * @param source what is mounted
 * @param readOnly whether it cannot be written
 * @param selector path within the source that is mounted; empty for all of it
 * @param cacheId for a cache mount, the name that commands share it by; empty if it is none
 * @param sharing for a cache mount, what happens when two commands want it
 * @param tmpfs whether it is memory
 * @param tmpfsSize for memory, the limit in bytes; 0 for none
 * @param noOutput whether what is written is thrown away
 * @param contentCache whether content may stand for the definition in the cache key
 */
public record Mount(
    String target,
    State source,
    boolean readOnly,
    String selector,
    String cacheId,
    CacheSharing sharing,
    boolean tmpfs,
    long tmpfsSize,
    boolean noOutput,
    ContentCache contentCache) {

  public Mount {
    if (tmpfs && !source.isScratch()) {
      throw new LlbException("tmpfs mounts must use scratch");
    }
  }

  /** A file system mounted for reading and writing; what is written is an output of the command. */
  public static Mount bind(String target, State source) {
    return new Mount(
        target, source, false, "", "", CacheSharing.SHARED, false, 0, false, ContentCache.DEFAULT);
  }

  /** A folder that lives on between builds. */
  public static Mount cache(String target, State initial, String id, CacheSharing sharing) {
    return new Mount(
        target, initial, false, "", id, sharing, false, 0, false, ContentCache.DEFAULT);
  }

  /** A folder in memory, of at most that many bytes; 0 for no limit. */
  public static Mount tmpfs(String target, long size) {
    return new Mount(
        target,
        State.scratch(),
        false,
        "",
        "",
        CacheSharing.SHARED,
        true,
        size,
        false,
        ContentCache.DEFAULT);
  }

  /** The same mount, which cannot be written. */
  public Mount asReadOnly() {
    return new Mount(
        target, source, true, selector, cacheId, sharing, tmpfs, tmpfsSize, noOutput, contentCache);
  }

  /** The same mount of a path within the source. */
  public Mount from(String selector) {
    return new Mount(
        target,
        source,
        readOnly,
        selector,
        cacheId,
        sharing,
        tmpfs,
        tmpfsSize,
        noOutput,
        contentCache);
  }

  /** The same mount, of which what is written is thrown away. */
  public Mount withoutOutput() {
    return new Mount(
        target, source, readOnly, selector, cacheId, sharing, tmpfs, tmpfsSize, true, contentCache);
  }

  /** The same mount with another rule for the cache key. */
  public Mount contentCache(ContentCache contentCache) {
    return new Mount(
        target,
        source,
        readOnly,
        selector,
        cacheId,
        sharing,
        tmpfs,
        tmpfsSize,
        noOutput,
        contentCache);
  }

  /** Whether the command has an output for what is written. */
  boolean hasOutput() {
    return !noOutput && !readOnly && cacheId.isEmpty() && !tmpfs;
  }
}
