package dev.gatehouse.solver.worker.image;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.Database;
import dev.gatehouse.solver.store.Lease;
import dev.gatehouse.solver.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The names of images that lie in the store: what the image exporter made, and what {@code
 * docker-image://} finds in its local modes.
 *
 * <p>A name holds its image: the manifests and blobs given with it stay until the name is removed
 * or given to another. It does not hold the records that the image was made of: when one of these
 * is pruned the name goes too, or nothing that was ever exported could be collected.
 */
public final class ImageStore {
  private final Store store;

  public ImageStore(Store store) {
    this.store = store;
    store
        .database()
        .migrate(
            "images",
            1,
            "CREATE TABLE images (name TEXT PRIMARY KEY, target TEXT NOT NULL, updated INTEGER NOT"
                + " NULL) WITHOUT ROWID");
    store
        .database()
        .migrate(
            "image parts",
            1,
            "CREATE TABLE image_part (reference TEXT NOT NULL, name TEXT NOT NULL,"
                + " PRIMARY KEY (reference, name)) WITHOUT ROWID",
            "CREATE INDEX image_part_name ON image_part (name)");
  }

  /** An image and its name. */
  public record NamedImage(String name, Descriptor target) {}

  /**
   * Gives an image a name, taking it from another.
   *
   * @param name a normalised name with tag or digest
   * @param target the index or manifest
   * @param blobs all that belongs to the image, to be kept with it
   * @param references ids of the records whose layers these are
   */
  public void put(
      String name, Descriptor target, Collection<Digest> blobs, Collection<String> references) {
    // The lease first: a crash leaves blobs that nobody names, never a name without blobs.
    String lease = leaseId(name, target);
    try (Lease held = store.persistentLease(lease)) {
      held.add(Digest.parse(target.digest().value()));
      blobs.forEach(held::add);
    }
    Optional<Descriptor> before = find(name);
    store
        .database()
        .write(s -> {
          var p =
              s.prepare("INSERT OR REPLACE INTO images (name, target, updated) VALUES (?, ?, ?)");
          p.setString(1, name);
          p.setString(2, Json.write(target.toJson()));
          p.setLong(3, System.currentTimeMillis());
          p.executeUpdate();
          forgetParts(s, name);
          var part = s.prepare("INSERT OR IGNORE INTO image_part (reference, name) VALUES (?, ?)");
          for (String reference : references) {
            part.setString(1, reference);
            part.setString(2, name);
            part.executeUpdate();
          }
          return true;
        });
    if (before.isPresent() && !leaseId(name, before.get()).equals(lease)) {
      store.deleteLease(leaseId(name, before.get()));
    }
  }

  /** The image of a name; empty as well if its manifest is lost. */
  public Optional<Descriptor> get(String name) {
    return find(name).filter(d -> store.content().contains(Digest.parse(d.digest().value())));
  }

  private Optional<Descriptor> find(String name) {
    return store
        .database()
        .read(s -> {
          var p = s.prepare("SELECT target FROM images WHERE name = ?");
          p.setString(1, name);
          try (ResultSet r = p.executeQuery()) {
            return r.next() ? Optional.of(descriptor(r.getString(1))) : Optional.empty();
          }
        });
  }

  /** All names, in order. */
  public List<NamedImage> list() {
    return store
        .database()
        .read(s -> {
          List<NamedImage> all = new ArrayList<>();
          try (ResultSet r =
              s.prepare("SELECT name, target FROM images ORDER BY name").executeQuery()) {
            while (r.next()) {
              all.add(new NamedImage(r.getString(1), descriptor(r.getString(2))));
            }
          }
          return all;
        });
  }

  private static void forgetParts(Database.Statements s, String name) throws SQLException {
    var p = s.prepare("DELETE FROM image_part WHERE name = ?");
    p.setString(1, name);
    p.executeUpdate();
  }

  /** Removes the names of images that were made of a record that is gone. */
  public void removeMadeOf(String reference) {
    List<String> names =
        store
            .database()
            .read(s -> {
              var p = s.prepare("SELECT name FROM image_part WHERE reference = ?");
              p.setString(1, reference);
              List<String> found = new ArrayList<>();
              try (ResultSet r = p.executeQuery()) {
                while (r.next()) {
                  found.add(r.getString(1));
                }
              }
              return found;
            });
    names.forEach(this::remove);
  }

  /** Removes a name; tells whether there was one. */
  public boolean remove(String name) {
    Optional<Descriptor> before = find(name);
    if (before.isEmpty()) {
      return false;
    }
    store
        .database()
        .write(s -> {
          var p = s.prepare("DELETE FROM images WHERE name = ?");
          p.setString(1, name);
          p.executeUpdate();
          forgetParts(s, name);
          return true;
        });
    store.deleteLease(leaseId(name, before.get()));
    return true;
  }

  private static Descriptor descriptor(String json) {
    return Descriptor.fromJson(Json.parse(json));
  }

  private static String leaseId(String name, Descriptor target) {
    return "image " + name + " " + target.digest().value();
  }
}
