package dev.gatehouse.solver.worker.image;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.Lease;
import dev.gatehouse.solver.store.Store;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The names of images that lie in the store: what the image exporter made, and what {@code
 * docker-image://} finds in its local modes.
 *
 * <p>A name holds its image: the manifests and blobs given with it stay until the name is removed
 * or given to another.
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
  }

  /** An image and its name. */
  public record NamedImage(String name, Descriptor target) {}

  /**
   * Gives an image a name, taking it from another.
   *
   * @param name a normalised name with tag or digest
   * @param target the index or manifest
   * @param blobs all that belongs to the image, to be kept with it
   */
  public void put(String name, Descriptor target, Collection<Digest> blobs) {
    // The lease first: a crash leaves blobs that nobody names, never a name without blobs.
    String lease = leaseId(name, target);
    try (Lease held = store.persistentLease(lease)) {
      held.add(Digest.parse(target.digest().value()));
      blobs.forEach(held::add);
    }
    Optional<Descriptor> before = get(name);
    store
        .database()
        .write(s -> {
          var p =
              s.prepare("INSERT OR REPLACE INTO images (name, target, updated) VALUES (?, ?, ?)");
          p.setString(1, name);
          p.setString(2, Json.write(target.toJson()));
          p.setLong(3, System.currentTimeMillis());
          return p.executeUpdate();
        });
    if (before.isPresent() && !leaseId(name, before.get()).equals(lease)) {
      store.deleteLease(leaseId(name, before.get()));
    }
  }

  /** The image of a name. */
  public Optional<Descriptor> get(String name) {
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

  /** Removes a name; tells whether there was one. */
  public boolean remove(String name) {
    Optional<Descriptor> before = get(name);
    if (before.isEmpty()) {
      return false;
    }
    store
        .database()
        .write(s -> {
          var p = s.prepare("DELETE FROM images WHERE name = ?");
          p.setString(1, name);
          return p.executeUpdate();
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
