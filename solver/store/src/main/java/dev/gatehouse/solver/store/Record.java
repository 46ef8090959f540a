package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the store knows of one tree. Mutable fields are guarded by {@link RecordGraph#lock}. */
final class Record {
  /** How a record comes to its tree. */
  enum Kind {
    /** Its own changes upon its parent, if any. */
    LAYER,
    /** Its parents laid over each other. */
    MERGE,
    /** Between two parents, either of which may be missing: see {@link #hasLower}. */
    DIFF
  }

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
  private static final int ID_LENGTH = 25;

  final String id;
  final Kind kind;
  final boolean mutable;
  final List<Record> parents;

  /** For DIFF: whether the first parent is the lower one. */
  final boolean hasLower;

  final Instant createdAt;

  /** Number of the snapshot that holds its own files; 0 while it is lazy. */
  volatile long snapshot;

  /** Number of a snapshot that holds all its chain as one plain tree; 0 for none. */
  volatile long flat;

  /** Whether the snapshot was made for this chain: see {@link Materializer#prepare}. */
  volatile boolean prepared;

  String description;
  RecordType type;
  boolean retained;
  Optional<Instant> lastUsedAt = Optional.empty();
  int usageCount;
  volatile long size = -1;
  List<LayerInfo> blobs = List.of();
  Optional<Digest> chainId = Optional.empty();
  final Map<String, byte[]> metadata = new HashMap<>();

  /** Open handles and mounts. */
  int handles;

  /** Who looks at its files without holding it: it is not deleted, but may be written. */
  int measured;

  /** Records that have this as parent. */
  int children;

  boolean dead;

  /** The retained mutable record whose tree this immutable one shows. */
  @Nullable Record equalMutable;

  /** The immutable record that shows this mutable one's tree. */
  @Nullable Record equalImmutable;

  Record(
      String id,
      Kind kind,
      boolean mutable,
      List<Record> parents,
      boolean hasLower,
      Instant createdAt,
      String description,
      RecordType type) {
    this.id = id;
    this.kind = kind;
    this.mutable = mutable;
    this.parents = List.copyOf(parents);
    this.hasLower = hasLower;
    this.createdAt = createdAt;
    this.description = description;
    this.type = type;
  }

  static String newId() {
    StringBuilder s = new StringBuilder(ID_LENGTH);
    synchronized (RANDOM) {
      for (int i = 0; i < ID_LENGTH; i++) {
        s.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
      }
    }
    return s.toString();
  }

  /** What lies directly below its own snapshot. */
  @Nullable Record base() {
    return switch (kind) {
      case LAYER, MERGE -> parents.isEmpty() ? null : parents.getFirst();
      case DIFF -> null;
    };
  }

  @Nullable Record lower() {
    return hasLower ? parents.getFirst() : null;
  }

  @Nullable Record upper() {
    return parents.size() > (hasLower ? 1 : 0) ? parents.getLast() : null;
  }

  /** The records that are one layer each, from the lowest. */
  List<Record> layers() {
    switch (kind) {
      case LAYER -> {
        List<Record> list = new ArrayList<>();
        // Not by recursion: chains may be long. A parent may be a merge.
        Record r = this;
        while (r != null && r.kind == Kind.LAYER) {
          list.addFirst(r);
          r = r.parents.isEmpty() ? null : r.parents.getFirst();
        }
        if (r != null) {
          list.addAll(0, r.layers());
        }
        return list;
      }
      case MERGE -> {
        List<Record> list = new ArrayList<>();
        for (Record p : parents) {
          list.addAll(p.layers());
        }
        return list;
      }
      case DIFF -> {
        return between().orElseGet(() -> List.of(this));
      }
    }
    throw new IllegalStateException();
  }

  /** For DIFF: the layers of upper above lower; empty when lower is no ancestor of upper. */
  Optional<List<Record>> between() {
    Record u = upper();
    if (u == null) {
      return lower() == null ? Optional.of(List.of()) : Optional.empty();
    }
    List<Record> above = u.layers();
    Record l = lower();
    if (l == null) {
      return Optional.of(above);
    }
    List<Record> under = l.layers();
    if (under.size() <= above.size() && above.subList(0, under.size()).equals(under)) {
      return Optional.of(List.copyOf(above.subList(under.size(), above.size())));
    }
    return Optional.empty();
  }

  /** Whether it is a layer, with blobs of its own. */
  boolean isOneLayer() {
    return switch (kind) {
      case LAYER -> true;
      case MERGE -> false;
      case DIFF -> between().isEmpty();
    };
  }
}
