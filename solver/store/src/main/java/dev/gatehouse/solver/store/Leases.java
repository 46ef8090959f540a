package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** What may not be collected although nothing else names it. */
final class Leases {
  private final Database database;

  /** Guarded by this. */
  private final Map<String, Held> leases = new HashMap<>();

  private static final class Held {
    final boolean persistent;
    final Set<Digest> blobs = new HashSet<>();
    final Set<String> references = new HashSet<>();

    Held(boolean persistent) {
      this.persistent = persistent;
    }
  }

  Leases(Database database) {
    this.database = database;
    database.migrate(
        "leases",
        1,
        "CREATE TABLE lease(id TEXT NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL,"
            + " PRIMARY KEY(id, kind, item)) WITHOUT ROWID");
    database.read(s -> {
      try (ResultSet r = s.prepare("SELECT id, kind, item FROM lease").executeQuery()) {
        while (r.next()) {
          Held h = leases.computeIfAbsent(r.getString(1), id -> new Held(true));
          if (r.getString(2).equals("blob")) {
            h.blobs.add(Digest.parse(r.getString(3)));
          } else {
            h.references.add(r.getString(3));
          }
        }
      }
      return true;
    });
  }

  synchronized Lease temporary() {
    String id = Record.newId();
    leases.put(id, new Held(false));
    return new Handle(id, false);
  }

  synchronized Lease persistent(String id) {
    leases.computeIfAbsent(id, i -> new Held(true));
    return new Handle(id, true);
  }

  void delete(String id) {
    synchronized (this) {
      Held h = leases.remove(id);
      if (h == null || !h.persistent) {
        return;
      }
    }
    database.write(s -> {
      PreparedStatement p = s.prepare("DELETE FROM lease WHERE id = ?");
      p.setString(1, id);
      return p.executeUpdate();
    });
  }

  synchronized boolean holds(Digest blob) {
    return leases.values().stream().anyMatch(h -> h.blobs.contains(blob));
  }

  synchronized boolean holds(String reference) {
    return leases.values().stream().anyMatch(h -> h.references.contains(reference));
  }

  private void add(String id, String kind, String item) {
    boolean persistent;
    synchronized (this) {
      Held h = leases.get(id);
      if (h == null) {
        throw new IllegalStateException("lease " + id + " has ended");
      }
      boolean added =
          kind.equals("blob") ? h.blobs.add(Digest.parse(item)) : h.references.add(item);
      persistent = h.persistent && added;
    }
    if (persistent) {
      database.write(s -> {
        PreparedStatement p =
            s.prepare("INSERT OR IGNORE INTO lease(id, kind, item) VALUES(?,?,?)");
        p.setString(1, id);
        p.setString(2, kind);
        p.setString(3, item);
        return p.executeUpdate();
      });
    }
  }

  private final class Handle implements Lease {
    private final String id;
    private final boolean persistent;
    private final AtomicBoolean closed = new AtomicBoolean();

    Handle(String id, boolean persistent) {
      this.id = id;
      this.persistent = persistent;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public void add(Digest blob) {
      Leases.this.add(id, "blob", blob.toString());
    }

    @Override
    public void addReference(String referenceId) {
      Leases.this.add(id, "reference", referenceId);
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true) && !persistent) {
        synchronized (Leases.this) {
          leases.remove(id);
        }
      }
    }
  }
}
