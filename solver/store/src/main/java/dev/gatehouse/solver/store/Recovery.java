package dev.gatehouse.solver.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * What a store finds out about its past when it opens.
 *
 * <p>The kernel keeps what a killed process wrote. When the machine goes down, what was not synced
 * is lost in any mixture: rows without files, files without content. What came after the last
 * checkpoint is dropped then, by the numbers of {@link Sequence}; and so are trees that are changed
 * in place, clients' directories and what shows them, for no number says when that last happened.
 * Cache mounts stay: whoever uses one knows that it may hold anything.
 *
 * @param last the highest number in use
 * @param machineDied whether the machine went down while a store was open
 */
record Recovery(long last, boolean machineDied) {
  private static final String BOOT = "boot";
  private static final String CLEAN = "clean";
  private static final String SYNCED = "synced";

  private static final String RECORD = "record.seq";
  private static final String SNAPSHOT = "record.snapshot_seq";
  private static final String FLAT = "record.flat_seq";
  private static final String PREPARED = "record.prepared_seq";

  /** Reads the state of a database, drops what cannot be trusted, and marks it as in use. */
  static Recovery of(SqliteDatabase database) throws IOException {
    database.migrate(
        "store",
        1,
        "CREATE TABLE state(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "INSERT INTO state(key, value) VALUES('synced', '0'), ('boot', ''), ('clean', '1')");
    String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    Recovery recovery =
        database.write(s -> {
          Map<String, String> state = new HashMap<>();
          try (ResultSet r = s.prepare("SELECT key, value FROM state").executeQuery()) {
            while (r.next()) {
              state.put(r.getString(1), r.getString(2));
            }
          }
          long synced = Long.parseLong(state.getOrDefault(SYNCED, "0"));
          boolean died = !"1".equals(state.get(CLEAN)) && !boot.equals(state.get(BOOT));
          long highest = synced;
          if (died) {
            drop(s, synced);
          }
          for (String numbers : new String[] {"blob.seq", RECORD, SNAPSHOT, FLAT, PREPARED}) {
            highest = Math.max(highest, highest(s, numbers));
          }
          put(s, BOOT, boot);
          put(s, CLEAN, "0");
          return new Recovery(highest, died);
        });
    // Before anything is changed in place, it has to be known on disk that the store is in use.
    database.checkpoint();
    return recovery;
  }

  /** The highest number in a column, 0 for a store that has none yet. */
  private static long highest(Database.Statements s, String numbers) throws SQLException {
    int dot = numbers.indexOf('.');
    String table = numbers.substring(0, dot);
    String column = numbers.substring(dot + 1);
    PreparedStatement known = s.prepare("SELECT 1 FROM pragma_table_info(?) WHERE name = ?");
    known.setString(1, table);
    known.setString(2, column);
    try (ResultSet r = known.executeQuery()) {
      if (!r.next()) {
        return 0;
      }
    }
    try (ResultSet r = s.prepare("SELECT max(" + column + ") FROM " + table).executeQuery()) {
      return r.next() ? r.getLong(1) : 0;
    }
  }

  private static void drop(Database.Statements s, long synced) throws SQLException {
    if (highest(s, "blob.seq") > synced) {
      update(s, "DELETE FROM blob WHERE seq > " + synced);
    }
    if (highest(s, RECORD) == 0) {
      return;
    }
    update(s, "DELETE FROM record WHERE seq > " + synced);
    update(
        s,
        "DELETE FROM record WHERE equal_mutable != '' OR (mutable != 0 AND type = '"
            + RecordType.LOCAL_SOURCE.text()
            + "')");
    for (String of : new String[] {"record_parent", "record_blob", "record_meta"}) {
      update(s, "DELETE FROM " + of + " WHERE id NOT IN (SELECT id FROM record)");
    }
    // Trees that came after the row of their record are made again.
    if (highest(s, SNAPSHOT) > synced) {
      update(s, "UPDATE record SET snapshot = 0, size = -1 WHERE snapshot_seq > " + synced);
    }
    if (highest(s, FLAT) > synced) {
      update(s, "UPDATE record SET flat = 0 WHERE flat_seq > " + synced);
    }
    if (highest(s, PREPARED) > synced) {
      update(s, "UPDATE record SET prepared = 0 WHERE mutable = 0 AND prepared_seq > " + synced);
    }
  }

  private static void update(Database.Statements s, String sql) throws SQLException {
    s.prepare(sql).executeUpdate();
  }

  private static void put(Database.Statements s, String key, String value) throws SQLException {
    PreparedStatement p = s.prepare("INSERT OR REPLACE INTO state(key, value) VALUES(?, ?)");
    p.setString(1, key);
    p.setString(2, value);
    p.executeUpdate();
  }

  /** Records that all numbers up to one are synced. */
  static void synced(SqliteDatabase database, long last) {
    database.write(s -> {
      put(s, SYNCED, Long.toString(last));
      return true;
    });
  }

  /** Records that everything is synced and nobody uses the store any more. */
  static void closed(SqliteDatabase database, long last) {
    database.write(s -> {
      put(s, SYNCED, Long.toString(last));
      put(s, CLEAN, "1");
      return true;
    });
  }
}
