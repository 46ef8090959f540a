package dev.gatehouse.solver.store;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * The metadata of a store: one SQLite file in WAL mode with one writer. Updates that wait at the
 * same time are committed together; a commit survives the end of the process, and the end of the
 * machine once the store's next checkpoint has synced it and the files it speaks of.
 */
public interface Database extends AutoCloseable {
  /** Runs DDL once for a component, tracked by its name and version (from 1 on, each once). */
  void migrate(String component, int version, String... statements);

  /** Reads in a snapshot of what was committed. Statements are cached by their text. */
  <T> T read(Work<T> work);

  /**
   * Writes in a transaction and returns when it is committed. A failing update is rolled back
   * alone. The work runs on the writer's thread: it must not wait for anything.
   */
  <T> T write(Work<T> work);

  /**
   * Writes soon, in order with all other writes, without waiting. For what may be lost with the
   * process's end, such as times of use.
   */
  void writeLater(Work<?> work);

  /** Work on a connection; statements through {@link Statements#prepare}. */
  @FunctionalInterface
  interface Work<T> {
    T run(Statements statements) throws SQLException;
  }

  /** A connection with a cache of prepared statements, which are not to be closed. */
  interface Statements {
    java.sql.PreparedStatement prepare(String sql) throws SQLException;

    Connection connection();
  }

  @Override
  void close();
}
