package dev.gatehouse.solver.store;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes the graph of what the rows say at start. A record whose files are gone and cannot be made
 * again goes, with all that is built upon it; files that no record names are thrown away.
 */
final class RecordLoader {
  private final RecordGraph graph;
  private final Layout layout;
  private final Map<String, RecordTable.Row> rows;
  private final Set<String> broken = new HashSet<>();
  private final Set<String> parted = new HashSet<>();

  private RecordLoader(RecordGraph graph, Layout layout, Map<String, RecordTable.Row> rows) {
    this.graph = graph;
    this.layout = layout;
    this.rows = rows;
  }

  static void load(
      RecordGraph graph,
      RecordTable table,
      SqliteDatabase database,
      Layout layout,
      Snapshots snapshots)
      throws IOException {
    RecordLoader loader = new RecordLoader(graph, layout, table.load(database));
    Set<Long> known = loader.makeAll();
    for (String id : loader.parted) {
      database.write(table.part(id));
    }
    for (String id : loader.broken) {
      database.write(table.delete(id));
    }
    snapshots.retain(known);
  }

  /** Fills the graph; returns the numbers of the snapshots that it names. */
  private Set<Long> makeAll() {
    graph.lock.lock();
    try {
      rows.keySet().forEach(this::make);
      rows.values().forEach(this::pair);
      Set<Long> known = new HashSet<>();
      for (Record r : graph.all()) {
        known.add(r.snapshot);
        known.add(r.flat);
      }
      return known;
    } finally {
      graph.lock.unlock();
    }
  }

  /** Pairs a tree that is kept with the record that shows it. */
  private void pair(RecordTable.Row row) {
    Record r = graph.get(row.id());
    Record m = row.equalMutable().isEmpty() ? null : graph.get(row.equalMutable());
    if (r == null || m == null) {
      return;
    }
    if (r.children > 0) {
      // Parted when the first child came; the rows that say so were not written any more.
      graph.remove(m);
      parted.add(r.id);
      broken.add(m.id);
      return;
    }
    r.equalMutable = m;
    m.equalImmutable = r;
  }

  private @Nullable Record make(String id) {
    Record there = graph.get(id);
    if (there != null) {
      return there;
    }
    RecordTable.Row row = rows.get(id);
    if (row == null || broken.contains(id)) {
      return null;
    }
    List<Record> parents = new ArrayList<>();
    for (String p : row.parents()) {
      Record parent = make(p);
      if (parent == null) {
        broken.add(id);
        return null;
      }
      parents.add(parent);
    }
    boolean gone = row.snapshot() != 0 && !Files.isDirectory(layout.tree(row.snapshot()));
    boolean remakable = row.kind() != Record.Kind.LAYER || !row.blobs().isEmpty();
    if (gone && !remakable) {
      broken.add(id);
      return null;
    }
    Record r =
        new Record(
            id,
            row.kind(),
            row.mutable(),
            parents,
            row.hasLower(),
            row.createdAt(),
            row.description(),
            row.type());
    r.snapshot = gone ? 0 : row.snapshot();
    r.flat = row.flat() != 0 && Files.isDirectory(layout.tree(row.flat())) ? row.flat() : 0;
    r.prepared = row.prepared();
    r.retained = row.mutable();
    r.lastUsedAt = row.lastUsedAt();
    r.usageCount = row.usageCount();
    r.size = row.size();
    r.blobs = row.blobs();
    r.metadata.putAll(row.metadata());
    graph.add(r);
    return r;
  }
}
