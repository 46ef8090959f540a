package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The rows of records. All writes are update works to be queued in the order of the graph. */
final class RecordTable {
  private final Sequence sequence;

  RecordTable(Database database, Sequence sequence) {
    this.sequence = sequence;
    database.migrate(
        "references",
        1,
        "CREATE TABLE record(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, kind TEXT NOT NULL,"
            + " mutable INTEGER NOT NULL, has_lower INTEGER NOT NULL, snapshot INTEGER NOT NULL,"
            + " flat INTEGER NOT NULL, prepared INTEGER NOT NULL, description TEXT NOT NULL,"
            + " type TEXT NOT NULL, created_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL,"
            + " usage_count INTEGER NOT NULL, size INTEGER NOT NULL, chain_id TEXT NOT NULL,"
            + " equal_mutable TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE record_parent(id TEXT NOT NULL, position INTEGER NOT NULL,"
            + " parent TEXT NOT NULL, PRIMARY KEY(id, position)) WITHOUT ROWID",
        "CREATE TABLE record_blob(id TEXT NOT NULL, position INTEGER NOT NULL,"
            + " digest TEXT NOT NULL, size INTEGER NOT NULL, media_type TEXT NOT NULL,"
            + " diff_id TEXT NOT NULL, annotations TEXT NOT NULL, source TEXT NOT NULL,"
            + " PRIMARY KEY(id, position)) WITHOUT ROWID",
        "CREATE TABLE record_meta(id TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,"
            + " PRIMARY KEY(id, key))");
    // When the trees of a record came that came after its row.
    database.migrate(
        "reference trees",
        1,
        "ALTER TABLE record ADD COLUMN snapshot_seq INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE record ADD COLUMN flat_seq INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE record ADD COLUMN prepared_seq INTEGER NOT NULL DEFAULT 0");
  }

  /** A row that names others by id. */
  record Row(
      String id,
      Record.Kind kind,
      boolean mutable,
      boolean hasLower,
      long snapshot,
      long flat,
      boolean prepared,
      String description,
      RecordType type,
      Instant createdAt,
      Optional<Instant> lastUsedAt,
      int usageCount,
      long size,
      String chainId,
      String equalMutable,
      List<String> parents,
      List<LayerInfo> blobs,
      Map<String, byte[]> metadata) {}

  /** All rows, parents not necessarily before children. */
  Map<String, Row> load(Database database) {
    return database.read(s -> {
      Map<String, List<String>> parents = new HashMap<>();
      try (ResultSet r =
          s.prepare("SELECT id, parent FROM record_parent ORDER BY id, position").executeQuery()) {
        while (r.next()) {
          parents.computeIfAbsent(r.getString(1), k -> new ArrayList<>()).add(r.getString(2));
        }
      }
      Map<String, List<LayerInfo>> blobs = new HashMap<>();
      try (ResultSet r =
          s.prepare(
                  "SELECT id, digest, size, media_type, diff_id, annotations, source"
                      + " FROM record_blob ORDER BY id, position")
              .executeQuery()) {
        while (r.next()) {
          blobs
              .computeIfAbsent(r.getString(1), k -> new ArrayList<>())
              .add(
                  new LayerInfo(
                      Digest.parse(r.getString(2)),
                      r.getLong(3),
                      r.getString(4),
                      Digest.parse(r.getString(5)),
                      unpack(r.getString(6)),
                      r.getString(7)));
        }
      }
      Map<String, Map<String, byte[]>> metadata = new HashMap<>();
      try (ResultSet r =
          s.prepare("SELECT id, key, value FROM record_meta WHERE length(value) <= 4096")
              .executeQuery()) {
        while (r.next()) {
          metadata
              .computeIfAbsent(r.getString(1), k -> new HashMap<>())
              .put(r.getString(2), r.getBytes(3));
        }
      }
      Map<String, Row> rows = new LinkedHashMap<>();
      try (ResultSet r =
          s.prepare(
                  "SELECT id, kind, mutable, has_lower, snapshot, flat, prepared, description,"
                      + " type, created_at, last_used_at, usage_count, size, chain_id,"
                      + " equal_mutable FROM record ORDER BY seq")
              .executeQuery()) {
        while (r.next()) {
          String id = r.getString(1);
          long used = r.getLong(11);
          rows.put(
              id,
              new Row(
                  id,
                  Record.Kind.valueOf(r.getString(2)),
                  r.getInt(3) != 0,
                  r.getInt(4) != 0,
                  r.getLong(5),
                  r.getLong(6),
                  r.getInt(7) != 0,
                  r.getString(8),
                  RecordType.of(r.getString(9)),
                  Instant.ofEpochMilli(r.getLong(10)),
                  used == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(used)),
                  r.getInt(12),
                  r.getLong(13),
                  r.getString(14),
                  r.getString(15),
                  parents.getOrDefault(id, List.of()),
                  blobs.getOrDefault(id, List.of()),
                  metadata.getOrDefault(id, Map.of())));
        }
      }
      return rows;
    });
  }

  Database.Work<Boolean> insert(Record r) {
    // Taken now, under the lock, not when the writer comes to it.
    List<String> parents = r.parents.stream().map(p -> p.id).toList();
    List<LayerInfo> blobs = r.blobs;
    long snapshot = r.snapshot;
    long flat = r.flat;
    boolean prepared = r.prepared;
    String description = r.description;
    RecordType type = r.type;
    long used = r.lastUsedAt.map(Instant::toEpochMilli).orElse(0L);
    int count = r.usageCount;
    long size = r.size;
    String chainId = r.chainId.map(Digest::toString).orElse("");
    Record equal = r.equalMutable;
    Map<String, byte[]> metadata = Map.copyOf(r.metadata);
    return s -> {
      PreparedStatement p =
          s.prepare(
              "INSERT OR REPLACE INTO record(id, seq, kind, mutable, has_lower, snapshot, flat,"
                  + " prepared, description, type, created_at, last_used_at, usage_count, size,"
                  + " chain_id, equal_mutable) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
      p.setString(1, r.id);
      p.setLong(2, sequence.next());
      p.setString(3, r.kind.name());
      p.setInt(4, r.mutable ? 1 : 0);
      p.setInt(5, r.hasLower ? 1 : 0);
      p.setLong(6, snapshot);
      p.setLong(7, flat);
      p.setInt(8, prepared ? 1 : 0);
      p.setString(9, description);
      p.setString(10, type.text());
      p.setLong(11, r.createdAt.toEpochMilli());
      p.setLong(12, used);
      p.setInt(13, count);
      p.setLong(14, size);
      p.setString(15, chainId);
      p.setString(16, equal == null ? "" : equal.id);
      p.executeUpdate();
      for (int i = 0; i < parents.size(); i++) {
        PreparedStatement q =
            s.prepare("INSERT OR REPLACE INTO record_parent(id, position, parent) VALUES(?,?,?)");
        q.setString(1, r.id);
        q.setInt(2, i);
        q.setString(3, parents.get(i));
        q.executeUpdate();
      }
      for (int i = 0; i < blobs.size(); i++) {
        insertBlob(s, r.id, i, blobs.get(i));
      }
      for (Map.Entry<String, byte[]> m : metadata.entrySet()) {
        insertMetadata(s, r.id, m.getKey(), m.getValue());
      }
      return true;
    };
  }

  Database.Work<Boolean> blob(String id, int position, LayerInfo blob) {
    return s -> {
      insertBlob(s, id, position, blob);
      return true;
    };
  }

  private static void insertBlob(Database.Statements s, String id, int position, LayerInfo b)
      throws SQLException {
    PreparedStatement p =
        s.prepare(
            "INSERT OR REPLACE INTO record_blob(id, position, digest, size, media_type, diff_id,"
                + " annotations, source) VALUES(?,?,?,?,?,?,?,?)");
    p.setString(1, id);
    p.setInt(2, position);
    p.setString(3, b.digest().toString());
    p.setLong(4, b.size());
    p.setString(5, b.mediaType());
    p.setString(6, b.diffId().toString());
    p.setString(7, pack(b.annotations()));
    p.setString(8, b.source());
    p.executeUpdate();
  }

  Database.Work<Boolean> metadata(String id, String key, byte[] value) {
    return s -> {
      if (value.length == 0) {
        PreparedStatement p = s.prepare("DELETE FROM record_meta WHERE id = ? AND key = ?");
        p.setString(1, id);
        p.setString(2, key);
        p.executeUpdate();
      } else if (exists(s, id)) {
        insertMetadata(s, id, key, value);
      }
      return true;
    };
  }

  private static boolean exists(Database.Statements s, String id) throws SQLException {
    PreparedStatement p = s.prepare("SELECT 1 FROM record WHERE id = ?");
    p.setString(1, id);
    try (ResultSet r = p.executeQuery()) {
      return r.next();
    }
  }

  private static void insertMetadata(Database.Statements s, String id, String key, byte[] value)
      throws SQLException {
    PreparedStatement p =
        s.prepare("INSERT OR REPLACE INTO record_meta(id, key, value) VALUES(?,?,?)");
    p.setString(1, id);
    p.setString(2, key);
    p.setBytes(3, value);
    p.executeUpdate();
  }

  /** A value too large to be kept in memory. */
  Optional<byte[]> largeMetadata(Database database, String id, String key) {
    return database.read(s -> {
      PreparedStatement p = s.prepare("SELECT value FROM record_meta WHERE id = ? AND key = ?");
      p.setString(1, id);
      p.setString(2, key);
      try (ResultSet r = p.executeQuery()) {
        return r.next() ? Optional.of(r.getBytes(1)) : Optional.empty();
      }
    });
  }

  Database.Work<Boolean> snapshot(String id, long snapshot, long flat, boolean prepared) {
    return s -> {
      PreparedStatement p =
          s.prepare(
              "UPDATE record SET snapshot = ?1, flat = ?2, prepared = ?3, size = -1,"
                  + " snapshot_seq = CASE snapshot WHEN ?1 THEN snapshot_seq ELSE ?4 END,"
                  + " flat_seq = CASE flat WHEN ?2 THEN flat_seq ELSE ?4 END,"
                  + " prepared_seq = CASE prepared WHEN ?3 THEN prepared_seq ELSE ?4 END"
                  + " WHERE id = ?5");
      p.setLong(1, snapshot);
      p.setLong(2, flat);
      p.setInt(3, prepared ? 1 : 0);
      p.setLong(4, sequence.next());
      p.setString(5, id);
      p.executeUpdate();
      return true;
    };
  }

  Database.Work<Boolean> size(String id, long size) {
    return s -> {
      PreparedStatement p = s.prepare("UPDATE record SET size = ? WHERE id = ?");
      p.setLong(1, size);
      p.setString(2, id);
      p.executeUpdate();
      return true;
    };
  }

  Database.Work<Boolean> use(String id, long lastUsed, int count) {
    return s -> {
      PreparedStatement p =
          s.prepare("UPDATE record SET last_used_at = ?, usage_count = ? WHERE id = ?");
      p.setLong(1, lastUsed);
      p.setInt(2, count);
      p.setString(3, id);
      p.executeUpdate();
      return true;
    };
  }

  Database.Work<Boolean> describe(String id, String description, RecordType type) {
    return s -> {
      PreparedStatement p = s.prepare("UPDATE record SET description = ?, type = ? WHERE id = ?");
      p.setString(1, description);
      p.setString(2, type.text());
      p.setString(3, id);
      p.executeUpdate();
      return true;
    };
  }

  /** Parts an immutable record from the mutable one whose tree it showed. */
  Database.Work<Boolean> part(String immutable) {
    return s -> {
      PreparedStatement p = s.prepare("UPDATE record SET equal_mutable = '' WHERE id = ?");
      p.setString(1, immutable);
      p.executeUpdate();
      return true;
    };
  }

  Database.Work<Boolean> delete(String id) {
    return s -> {
      for (String table : new String[] {"record", "record_parent", "record_blob", "record_meta"}) {
        PreparedStatement p = s.prepare("DELETE FROM " + table + " WHERE id = ?");
        p.setString(1, id);
        p.executeUpdate();
      }
      return true;
    };
  }

  /** Key, zero, value, zero, and so on. */
  private static String pack(Map<String, String> map) {
    StringBuilder s = new StringBuilder();
    new java.util.TreeMap<>(map)
        .forEach((k, v) -> s.append(k).append('\u0001').append(v).append('\u0001'));
    return s.toString();
  }

  private static Map<String, String> unpack(String text) {
    Map<String, String> map = new HashMap<>();
    String[] parts = text.split("\u0001", -1);
    for (int i = 0; i + 1 < parts.length; i += 2) {
      map.put(parts[i], parts[i + 1]);
    }
    return map;
  }

  /** Bytes of a text, for metadata. */
  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
