package dev.gatehouse.solver.worker.image;

import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.Database;
import java.sql.ResultSet;
import java.util.Optional;

/**
 * Manifests and configurations seen before, by repository and digest, so that an image named by
 * digest needs no registry.
 *
 * <p>Kept by repository: that somebody could read a digest in one place gives nobody a right to it
 * in another. The least recently used go when there are too many.
 */
public final class DocumentCache {
  private static final int LIMIT = 5_000;
  private static final int MAX_SIZE = 256 << 10;

  private final Database database;

  public DocumentCache(Database database) {
    this.database = database;
    database.migrate(
        "image-documents",
        1,
        "CREATE TABLE image_documents (repository TEXT NOT NULL, digest TEXT NOT NULL, media_type"
            + " TEXT NOT NULL, content BLOB NOT NULL, used INTEGER NOT NULL, PRIMARY KEY"
            + " (repository, digest)) WITHOUT ROWID",
        "CREATE INDEX image_documents_used ON image_documents (used)");
  }

  /**
   * A document and what it is.
   *
   * @param content verified to have the descriptor's digest
   */
  @SuppressWarnings("ArrayRecordComponent") // wire content, which nobody compares
  public record Document(Descriptor descriptor, byte[] content) {}

  /** A document of a repository. */
  public Optional<Document> get(String repository, Digest digest) {
    Optional<Document> found =
        database.read(s -> {
          var p =
              s.prepare(
                  "SELECT media_type, content FROM image_documents WHERE repository = ? AND digest"
                      + " = ?");
          p.setString(1, repository);
          p.setString(2, digest.toString());
          try (ResultSet r = p.executeQuery()) {
            if (!r.next()) {
              return Optional.empty();
            }
            byte[] content = r.getBytes(2);
            return Optional.of(
                new Document(
                    new Descriptor(
                        r.getString(1),
                        new dev.gatehouse.llb.oci.Digest(digest.toString()),
                        content.length),
                    content));
          }
        });
    found.ifPresent(d ->
        database.writeLater(s -> {
          var p =
              s.prepare("UPDATE image_documents SET used = ? WHERE repository = ? AND digest = ?");
          p.setLong(1, System.currentTimeMillis());
          p.setString(2, repository);
          p.setString(3, digest.toString());
          return p.executeUpdate();
        }));
    return found;
  }

  /** Keeps a verified document, unless it is unusually large. */
  public void put(String repository, Digest digest, String mediaType, byte[] content) {
    if (content.length > MAX_SIZE) {
      return;
    }
    database.writeLater(s -> {
      var p =
          s.prepare(
              "INSERT OR REPLACE INTO image_documents (repository, digest, media_type, content,"
                  + " used) VALUES (?, ?, ?, ?, ?)");
      p.setString(1, repository);
      p.setString(2, digest.toString());
      p.setString(3, mediaType);
      p.setBytes(4, content);
      p.setLong(5, System.currentTimeMillis());
      p.executeUpdate();
      var old =
          s.prepare(
              "DELETE FROM image_documents WHERE used < (SELECT used FROM image_documents ORDER BY"
                  + " used DESC LIMIT 1 OFFSET "
                  + LIMIT
                  + ")");
      return old.executeUpdate();
    });
  }
}
