package dev.gatehouse.solver.store;

/** What a record is for, as usage and prune policies name it. */
public enum RecordType {
  REGULAR("regular"),
  INTERNAL("internal"),
  FRONTEND("frontend"),
  LOCAL_SOURCE("source.local"),
  GIT_CHECKOUT("source.git.checkout"),
  CACHE_MOUNT("exec.cachemount");

  private final String text;

  RecordType(String text) {
    this.text = text;
  }

  /** The word on the wire and in filters. */
  public String text() {
    return text;
  }

  /** The type of that word; {@code regular} for the empty one. */
  public static RecordType of(String text) {
    if (text.isEmpty()) {
      return REGULAR;
    }
    for (RecordType t : values()) {
      if (t.text.equals(text)) {
        return t;
      }
    }
    throw new IllegalArgumentException("unknown record type: " + text);
  }
}
