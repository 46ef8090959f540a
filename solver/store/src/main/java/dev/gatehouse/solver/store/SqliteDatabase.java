package dev.gatehouse.solver.store;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * One connection for writing and a pool of readers.
 *
 * <p>Updates queue. Whoever waits for one tries to become the writer, and commits all that are
 * queued in one transaction: no thread has to be woken for a single update, and many at once share
 * a commit. Updates that nobody waits for are committed with the next, or a moment later by a
 * thread of their own. The log is not synced at commit: {@link #checkpoint} does, after the files
 * were.
 */
final class SqliteDatabase implements Database {
  private static final int MAX_BATCH = 1000;
  private static final long LATE_MILLIS = 20;

  private final Path file;
  private final Queue<Update<?>> queue = new ConcurrentLinkedQueue<>();

  /** Held by the writer. */
  private final ReentrantLock writing = new ReentrantLock();

  /** Tells the late thread that something was queued for which nobody waits. */
  private final Semaphore late = new Semaphore(0);

  private final Deque<Cached> readers = new ConcurrentLinkedDeque<>();
  private final Cached writerConnection;
  private final Thread lateWriter;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean dirty;

  private record Update<T>(Work<T> work, CompletableFuture<T> done) {
    T run(Statements s) throws SQLException {
      return work.run(s);
    }
  }

  SqliteDatabase(Path file) throws StoreException {
    this.file = file;
    try {
      writerConnection = connect();
      try (Statement s = writerConnection.connection.createStatement()) {
        s.execute("PRAGMA journal_mode=WAL");
        s.execute("PRAGMA wal_autocheckpoint=0");
        s.execute(
            "CREATE TABLE IF NOT EXISTS component(name TEXT PRIMARY KEY, version INTEGER NOT NULL)"
                + " WITHOUT ROWID");
      }
      writerConnection.connection.setAutoCommit(true);
    } catch (SQLException e) {
      throw failure(e);
    }
    lateWriter = Thread.ofPlatform().name("store-writer").daemon().start(this::writeLate);
  }

  private Cached connect() throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
    config.setBusyTimeout(10_000);
    config.setTempStore(SQLiteConfig.TempStore.MEMORY);
    config.setCacheSize(-8000);
    return new Cached(config.createConnection("jdbc:sqlite:" + file));
  }

  private static final class Cached implements Statements {
    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    Cached(Connection connection) {
      this.connection = connection;
    }

    @Override
    public PreparedStatement prepare(String sql) throws SQLException {
      PreparedStatement s = statements.get(sql);
      if (s != null) {
        try {
          s.clearParameters();
          return s;
        } catch (SQLException e) {
          statements.remove(sql); // The driver closes a statement that failed.
        }
      }
      s = connection.prepareStatement(sql);
      statements.put(sql, s);
      return s;
    }

    @Override
    public Connection connection() {
      return connection;
    }

    void execute(String sql) throws SQLException {
      prepare(sql).execute();
    }

    void close() {
      try {
        connection.close();
      } catch (SQLException e) {
        System.getLogger(SqliteDatabase.class.getName())
            .log(System.Logger.Level.WARNING, "closing the metadata database", e);
      }
    }
  }

  @Override
  public void migrate(String component, int version, String... statements) {
    write(s -> {
      PreparedStatement q = s.prepare("SELECT version FROM component WHERE name = ?");
      q.setString(1, component);
      int current = 0;
      try (ResultSet r = q.executeQuery()) {
        if (r.next()) {
          current = r.getInt(1);
        }
      }
      if (current >= version) {
        return true;
      }
      try (Statement ddl = s.connection().createStatement()) {
        for (String sql : statements) {
          ddl.execute(sql);
        }
      }
      PreparedStatement u =
          s.prepare("INSERT OR REPLACE INTO component(name, version) VALUES(?, ?)");
      u.setString(1, component);
      u.setInt(2, version);
      u.executeUpdate();
      return true;
    });
  }

  @Override
  public <T> T read(Work<T> work) {
    if (closed.get()) {
      throw new IllegalStateException("metadata database is closed");
    }
    Cached c = readers.pollFirst();
    boolean good = false;
    try {
      if (c == null) {
        c = connect();
      }
      c.execute("BEGIN");
      T result;
      try {
        result = work.run(c);
      } finally {
        c.execute("COMMIT");
      }
      good = true;
      return result;
    } catch (SQLException e) {
      throw new UncheckedIOException(failure(e));
    } finally {
      if (c != null) {
        if (good && !closed.get()) {
          readers.addFirst(c);
        } else {
          c.close();
        }
      }
    }
  }

  @Override
  public <T> T write(Work<T> work) {
    return await(submit(work));
  }

  /** Queues an update; its place in the order of all updates is fixed when this returns. */
  <T> CompletableFuture<T> submit(Work<T> work) {
    CompletableFuture<T> done = new CompletableFuture<>();
    submit(new Update<>(work, done));
    return done;
  }

  /** Waits for an update to be committed. */
  <T> T await(CompletableFuture<T> update) {
    commitQueued();
    try {
      return update.join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof SQLException sql) {
        throw new UncheckedIOException(failure(sql));
      }
      if (cause instanceof RuntimeException r) {
        throw r;
      }
      throw new IllegalStateException(cause);
    }
  }

  @Override
  public void writeLater(Work<?> work) {
    CompletableFuture<Boolean> done =
        submit(s -> {
          work.run(s);
          return true;
        });
    late.release();
    done.whenComplete((ok, e) -> {
      if (e != null) {
        System.getLogger(SqliteDatabase.class.getName())
            .log(System.Logger.Level.WARNING, "a late update of " + file + " failed", e);
      }
    });
  }

  private void submit(Update<?> update) {
    if (closed.get()) {
      throw new IllegalStateException("metadata database is closed");
    }
    queue.add(update);
  }

  /** Becomes the writer if there is none, until nothing is queued. */
  private void commitQueued() {
    // Looked at again after letting go: who queued in between found the lock taken and relies on
    // it.
    while (!queue.isEmpty() && writing.tryLock()) {
      try {
        List<Update<?>> batch = new ArrayList<>();
        Update<?> u;
        while (batch.size() < MAX_BATCH && (u = queue.poll()) != null) {
          batch.add(u);
        }
        if (!batch.isEmpty()) {
          commit(batch);
        }
      } finally {
        writing.unlock();
      }
    }
  }

  private void writeLate() {
    try {
      while (true) {
        late.acquire();
        Thread.sleep(LATE_MILLIS);
        late.drainPermits();
        commitQueued();
      }
    } catch (InterruptedException e) {
      commitQueued(); // Asked to end: what still waits is written first.
    }
  }

  private void commit(List<Update<?>> batch) {
    List<Runnable> completions = new ArrayList<>(batch.size());
    try {
      writerConnection.execute("BEGIN IMMEDIATE");
      for (Update<?> u : batch) {
        completions.add(one(u, batch.size() > 1));
      }
      writerConnection.execute("COMMIT");
      dirty = true;
      completions.forEach(Runnable::run);
    } catch (SQLException | RuntimeException e) {
      rollback();
      for (Update<?> u : batch) {
        u.done().completeExceptionally(e);
      }
    }
  }

  private <T> Runnable one(Update<T> u, boolean several) throws SQLException {
    if (several) {
      writerConnection.execute("SAVEPOINT one");
    }
    try {
      T result = u.run(writerConnection);
      if (several) {
        writerConnection.execute("RELEASE one");
      }
      return () -> u.done().complete(result);
    } catch (SQLException | RuntimeException e) {
      if (!several || isFull(e)) {
        throw e;
      }
      writerConnection.execute("ROLLBACK TO one");
      writerConnection.execute("RELEASE one");
      return () -> u.done().completeExceptionally(e);
    }
  }

  private void rollback() {
    try {
      writerConnection.execute("ROLLBACK");
    } catch (SQLException e) {
      // SQLite has rolled back itself, for example when the disk is full.
      if (!String.valueOf(e.getMessage()).contains("no transaction is active")) {
        System.getLogger(SqliteDatabase.class.getName())
            .log(System.Logger.Level.WARNING, "rolling back metadata", e);
      }
    }
  }

  private static boolean isFull(Exception e) {
    return e instanceof SQLiteException s && s.getResultCode() == SQLiteErrorCode.SQLITE_FULL;
  }

  private StoreException failure(SQLException e) {
    if (e instanceof SQLiteException s) {
      SQLiteErrorCode code = s.getResultCode();
      if (code == SQLiteErrorCode.SQLITE_FULL
          || code == SQLiteErrorCode.SQLITE_IOERR_WRITE
          || code == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE) {
        return new StoreException(
            StoreException.Code.NO_SPACE, "no space left on device for metadata in " + file, e);
      }
    }
    return new StoreException(
        StoreException.Code.CORRUPT, "metadata database " + file + ": " + e.getMessage(), e);
  }

  /** Whether anything was committed since the last checkpoint. */
  boolean isDirty() {
    return dirty;
  }

  /** Moves the log into the file and syncs both, if it is longer than worth keeping or asked to. */
  void checkpoint() {
    dirty = false;
    // Outside of a transaction, hence not as an update: a connection of its own.
    try {
      Cached c = connect();
      try (Statement s = c.connection.createStatement()) {
        s.execute("PRAGMA wal_checkpoint(PASSIVE)");
      } finally {
        c.close();
      }
    } catch (SQLException e) {
      dirty = true;
      throw new UncheckedIOException(failure(e));
    }
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    lateWriter.interrupt();
    boolean interrupted = false;
    while (lateWriter.isAlive()) {
      try {
        lateWriter.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    for (Cached c; (c = readers.pollFirst()) != null; ) {
      c.close();
    }
    writerConnection.close(); // The last connection checkpoints and removes the log.
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
