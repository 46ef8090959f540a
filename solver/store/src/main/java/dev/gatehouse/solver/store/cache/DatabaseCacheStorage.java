package dev.gatehouse.solver.store.cache;

import dev.gatehouse.solver.core.CacheLink;
import dev.gatehouse.solver.core.CacheResult;
import dev.gatehouse.solver.core.CacheStorage;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.InMemoryCacheStorage;
import dev.gatehouse.solver.store.Database;
import dev.gatehouse.solver.store.Database.Statements;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Cache records that survive restarts.
 *
 * <p>A build adds a few records for every vertex and must not wait for the disk each time.
 * Additions are gathered in memory, where every reader sees them, and written together a moment
 * later, or at once by {@link #persist}; a crash may lose the newest of quick operations, which
 * costs no more than running these again. A key that leads to one which was lost leads nowhere, as
 * if that had been pruned.
 */
public final class DatabaseCacheStorage implements CacheStorage, AutoCloseable {
  private static final Logger LOG = System.getLogger(DatabaseCacheStorage.class.getName());
  private static final long GATHER_MILLIS = 50;
  private static final int MAX_ABSENT = 1_000;
  private static final String INSERT_LINK =
      "INSERT OR IGNORE INTO cache_link VALUES (?, ?, ?, ?, ?, ?)";
  private static final String INSERT_RESULT =
      "INSERT OR REPLACE INTO cache_result VALUES (?, ?, ?, ?)";
  private static final String SELECT_LINKS =
      "SELECT target FROM cache_link WHERE source = ? AND input = ? AND output = ?"
          + " AND digest = ? AND selector = ?";

  private final Database database;

  /** Held by who writes gathered additions. */
  private final ReentrantLock writing = new ReentrantLock();

  // Guarded by this.
  private Additions gathered = new Additions();
  private @Nullable Additions beingWritten;
  private boolean scheduled;

  /** How many links were added so far. */
  private long generation;

  /**
   * Links of which the database knows nothing: whoever runs a new step asks for the same one
   * several times. The oldest are forgotten.
   */
  private final Map<LinkSource, Boolean> absent =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<LinkSource, Boolean> eldest) {
          return size() > MAX_ABSENT;
        }
      };

  private record LinkSource(String key, CacheLink link) {}

  /** Additions that readers must see and the database does not hold yet. */
  private static final class Additions {
    private final InMemoryCacheStorage view = new InMemoryCacheStorage();
    private final List<LinkRow> links = new ArrayList<>();
    private final List<ResultRow> results = new ArrayList<>();

    private boolean isEmpty() {
      return links.isEmpty() && results.isEmpty();
    }
  }

  private record LinkRow(String key, CacheLink link, String target) {}

  private record ResultRow(String key, CacheResult result) {}

  public DatabaseCacheStorage(Database database) {
    this.database = database;
    database.migrate(
        "cache",
        1,
        """
        CREATE TABLE cache_link (
          source TEXT NOT NULL, input INTEGER NOT NULL, output INTEGER NOT NULL,
          digest TEXT NOT NULL, selector TEXT NOT NULL, target TEXT NOT NULL,
          PRIMARY KEY (source, input, output, digest, selector, target)) WITHOUT ROWID\
        """,
        "CREATE INDEX cache_link_target ON cache_link (target)",
        """
        CREATE TABLE cache_result (
          key TEXT NOT NULL, result TEXT NOT NULL, created_seconds INTEGER NOT NULL,
          created_nanos INTEGER NOT NULL, PRIMARY KEY (key, result)) WITHOUT ROWID\
        """,
        "CREATE INDEX cache_result_result ON cache_result (result)");
  }

  /**
   * The additions that are in memory. Looked at before the database, so that what moves there is
   * seen twice, never missed.
   */
  private synchronized List<InMemoryCacheStorage> views() {
    return beingWritten == null
        ? List.of(gathered.view)
        : List.of(beingWritten.view, gathered.view);
  }

  @Override
  public boolean exists(String key) {
    for (InMemoryCacheStorage view : views()) {
      if (view.exists(key)) {
        return true;
      }
    }
    return database.read(s ->
        hasRow(s, "SELECT 1 FROM cache_result WHERE key = ? LIMIT 1", key)
            || hasRow(s, "SELECT 1 FROM cache_link WHERE source = ? LIMIT 1", key));
  }

  private static boolean hasRow(Statements statements, String sql, String key) throws SQLException {
    PreparedStatement query = statements.prepare(sql);
    query.setString(1, key);
    try (ResultSet rows = query.executeQuery()) {
      return rows.next();
    }
  }

  @Override
  public List<String> links(String key, CacheLink link) {
    Set<String> targets = new LinkedHashSet<>();
    LinkSource source = new LinkSource(key, link);
    long before;
    synchronized (this) {
      if (absent.containsKey(source)) {
        return List.of();
      }
      before = generation;
    }
    views().forEach(view -> targets.addAll(view.links(key, link)));
    database.read(s -> {
      PreparedStatement query = s.prepare(SELECT_LINKS);
      bind(query, key, link);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          targets.add(rows.getString(1));
        }
      }
      return true;
    });
    if (targets.isEmpty()) {
      synchronized (this) {
        if (generation == before) {
          absent.put(source, true);
        }
      }
    }
    return List.copyOf(targets);
  }

  private static void bind(PreparedStatement statement, String key, CacheLink link)
      throws SQLException {
    statement.setString(1, key);
    statement.setInt(2, link.input());
    statement.setInt(3, link.output());
    statement.setString(4, link.digest().toString());
    statement.setString(5, link.selector().map(Digest::toString).orElse(""));
  }

  @Override
  public List<CacheResult> results(String key) {
    Map<String, CacheResult> results = new LinkedHashMap<>();
    List<InMemoryCacheStorage> views = views();
    database.read(s -> {
      PreparedStatement query =
          s.prepare(
              "SELECT result, created_seconds, created_nanos FROM cache_result WHERE key = ?");
      query.setString(1, key);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          Instant createdAt = Instant.ofEpochSecond(rows.getLong(2), rows.getLong(3));
          results.put(rows.getString(1), new CacheResult(rows.getString(1), createdAt));
        }
      }
      return true;
    });
    for (InMemoryCacheStorage view : views) {
      view.results(key).forEach(result -> results.put(result.id(), result));
    }
    return List.copyOf(results.values());
  }

  @Override
  public void addLink(String key, CacheLink link, String target) {
    synchronized (this) {
      generation++;
      absent.remove(new LinkSource(key, link));
      gathered.view.addLink(key, link, target);
      gathered.links.add(new LinkRow(key, link, target));
    }
    schedule();
  }

  @Override
  public void addResult(String key, CacheResult result) {
    synchronized (this) {
      gathered.view.addResult(key, result);
      gathered.results.add(new ResultRow(key, result));
    }
    schedule();
  }

  private void schedule() {
    synchronized (this) {
      if (scheduled) {
        return;
      }
      scheduled = true;
    }
    Thread.ofVirtual().name("cache records").start(this::writeSoon);
  }

  private void writeSoon() {
    try {
      Thread.sleep(GATHER_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      scheduled = false;
    }
    persist();
  }

  /** A record that cannot be written costs a later build some time, and must not cost this one. */
  @Override
  public void persist() {
    try {
      flush();
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "cache records could not be written and are lost", e);
    }
  }

  /** Writes what is gathered; returns when it is committed. */
  public void flush() {
    writing.lock();
    try {
      Additions additions;
      synchronized (this) {
        if (gathered.isEmpty()) {
          return;
        }
        additions = gathered;
        beingWritten = additions;
        gathered = new Additions();
      }
      try {
        database.write(s -> write(s, additions));
      } finally {
        synchronized (this) {
          beingWritten = null;
        }
      }
    } finally {
      writing.unlock();
    }
  }

  private static boolean write(Statements statements, Additions additions) throws SQLException {
    PreparedStatement link = statements.prepare(INSERT_LINK);
    for (LinkRow row : additions.links) {
      bind(link, row.key, row.link);
      link.setString(6, row.target);
      link.executeUpdate();
    }
    PreparedStatement result = statements.prepare(INSERT_RESULT);
    for (ResultRow row : additions.results) {
      result.setString(1, row.key);
      result.setString(2, row.result.id());
      result.setLong(3, row.result.createdAt().getEpochSecond());
      result.setInt(4, row.result.createdAt().getNano());
      result.executeUpdate();
    }
    return true;
  }

  @Override
  public List<Backlink> backlinks(String key) {
    flush();
    return database.read(s -> {
      PreparedStatement query =
          s.prepare(
              "SELECT source, input, output, digest, selector FROM cache_link"
                  + " WHERE target = ?");
      query.setString(1, key);
      List<Backlink> links = new ArrayList<>();
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          String selector = rows.getString(5);
          links.add(
              new Backlink(
                  rows.getString(1),
                  new CacheLink(
                      rows.getInt(2),
                      rows.getInt(3),
                      Digest.parse(rows.getString(4)),
                      selector.isEmpty()
                          ? Optional.empty()
                          : Optional.of(Digest.parse(selector)))));
        }
      }
      return links;
    });
  }

  @Override
  public List<String> keys(String resultId) {
    flush();
    return database.read(
        s -> strings(s, "SELECT key FROM cache_result WHERE result = ?", resultId));
  }

  @Override
  public Set<String> resultIds() {
    flush();
    return database.read(s -> {
      Set<String> ids = new LinkedHashSet<>();
      try (ResultSet rows = s.prepare("SELECT DISTINCT result FROM cache_result").executeQuery()) {
        while (rows.next()) {
          ids.add(rows.getString(1));
        }
      }
      return ids;
    });
  }

  private static List<String> strings(Statements statements, String sql, String parameter)
      throws SQLException {
    PreparedStatement query = statements.prepare(sql);
    query.setString(1, parameter);
    List<String> values = new ArrayList<>();
    try (ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  @Override
  public void release(String resultId) {
    flush();
    database.write(s -> release(s, resultId));
  }

  private static boolean release(Statements statements, String resultId) throws SQLException {
    Deque<String> emptied =
        new ArrayDeque<>(
            strings(statements, "SELECT key FROM cache_result WHERE result = ?", resultId));
    update(statements, "DELETE FROM cache_result WHERE result = ?", resultId);
    while (!emptied.isEmpty()) {
      String key = emptied.pop();
      if (hasRow(statements, "SELECT 1 FROM cache_result WHERE key = ? LIMIT 1", key)
          || hasRow(statements, "SELECT 1 FROM cache_link WHERE source = ? LIMIT 1", key)) {
        continue;
      }
      emptied.addAll(
          strings(statements, "SELECT DISTINCT source FROM cache_link WHERE target = ?", key));
      update(statements, "DELETE FROM cache_link WHERE target = ?", key);
    }
    return true;
  }

  private static void update(Statements statements, String sql, String parameter)
      throws SQLException {
    PreparedStatement update = statements.prepare(sql);
    update.setString(1, parameter);
    update.executeUpdate();
  }

  /** Writes what is gathered. The database stays open: it is the store's. */
  @Override
  public void close() {
    flush();
  }
}
