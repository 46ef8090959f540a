package dev.gatehouse.daemon.history;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds that ended, and those under way, with their records as {@code BuildHistoryRecord}
 * messages.
 *
 * <p>A record is written after the blobs that it names, each file beside its place and then moved,
 * so a crash leaves at most a blob that nobody names; those go with the next collection. A record
 * goes when it is older than the maximum age <em>and</em> not among the newest entries; pinned
 * records stay.
 */
public final class BuildHistory {
  private static final Logger log = LoggerFactory.getLogger(BuildHistory.class);
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

  /** What happened to a record. */
  public enum Change {
    STARTED,
    COMPLETE,
    DELETED
  }

  /** Is told of each change, in order, while no lock is held. */
  public interface Listener {
    void changed(Change change, Entry entry);
  }

  /**
   * One build.
   *
   * @param ref the build's reference
   * @param completed when it ended; {@link Instant#MAX} while it runs
   * @param blobs digests of the blobs that belong to it
   * @param record the encoded {@code BuildHistoryRecord}
   */
  @SuppressWarnings("ArrayRecordComponent") // wire content, which nobody compares
  public record Entry(
      String ref, Instant completed, boolean pinned, Set<String> blobs, byte[] record) {
    public Entry {
      blobs = Set.copyOf(blobs);
    }

    boolean running() {
      return completed.equals(Instant.MAX);
    }
  }

  /** Turns a record's bytes into an entry; the encoding is the caller's. */
  public interface Decoder {
    Entry decode(byte[] record) throws IOException;
  }

  private final Path records;
  private final Path blobs;
  private final Duration maxAge;
  private final int maxEntries;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  // guarded by this
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private BuildHistory(Path directory, Duration maxAge, int maxEntries) {
    this.records = directory.resolve("records");
    this.blobs = directory.resolve("blobs").resolve("sha256");
    this.maxAge = maxAge;
    this.maxEntries = maxEntries;
  }

  /** Opens the history below a directory and drops what is over its limits. */
  public static BuildHistory open(Path directory, Duration maxAge, int maxEntries, Decoder decoder)
      throws IOException {
    BuildHistory history = new BuildHistory(directory, maxAge, maxEntries);
    Files.createDirectories(history.records);
    Files.createDirectories(history.blobs);
    // Logs and build arguments are nobody else's business.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    List<Entry> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(history.records)) {
      for (Path file : files) {
        if (file.getFileName().toString().endsWith(".tmp")) {
          Files.deleteIfExists(file);
          continue;
        }
        try {
          found.add(decoder.decode(Files.readAllBytes(file)));
        } catch (IOException e) {
          log.warn("dropping unreadable build record {}: {}", file, e.getMessage());
          Files.deleteIfExists(file);
        }
      }
    }
    found.sort(Comparator.comparing(Entry::completed));
    found.forEach(entry -> history.entries.put(entry.ref(), entry));
    history.collect();
    return history;
  }

  /** Adds a build that runs. */
  public void started(Entry entry) {
    synchronized (this) {
      entries.put(entry.ref(), entry);
    }
    tell(Change.STARTED, entry);
  }

  /** Keeps a build that ended, or a changed record of one. */
  public void completed(Entry entry) throws IOException {
    write(records.resolve(fileName(entry.ref())), entry.record());
    synchronized (this) {
      entries.remove(entry.ref());
      entries.put(entry.ref(), entry);
    }
    tell(Change.COMPLETE, entry);
    collect();
  }

  /** Forgets a build that runs without keeping a record. */
  public void dropped(String ref) {
    synchronized (this) {
      Entry entry = entries.get(ref);
      if (entry == null || !entry.running()) {
        return;
      }
      entries.remove(ref);
    }
  }

  /**
   * Changes the record of a build that ended.
   *
   * @throws NoSuchFileException if there is none
   */
  public void update(String ref, UnaryOperator<Entry> change) throws IOException {
    Entry entry = find(ref).filter(e -> !e.running()).orElseThrow(() -> missing(ref));
    completed(change.apply(entry));
  }

  /** Removes the record of a build that ended; nothing happens without one. */
  public void delete(String ref) throws IOException {
    Entry entry;
    synchronized (this) {
      entry = entries.get(ref);
      if (entry == null || entry.running()) {
        return;
      }
      entries.remove(ref);
    }
    Files.deleteIfExists(records.resolve(fileName(ref)));
    tell(Change.DELETED, entry);
    removeOrphans();
  }

  /** The build with this reference. */
  public synchronized Optional<Entry> find(String ref) {
    return Optional.ofNullable(entries.get(ref));
  }

  /** All builds, those that ended first, oldest first. */
  public synchronized List<Entry> list() {
    return List.copyOf(entries.values());
  }

  /** Adds a listener and returns what there is at this moment. */
  public synchronized List<Entry> listen(Listener listener) {
    listeners.add(listener);
    return List.copyOf(entries.values());
  }

  public void unlisten(Listener listener) {
    listeners.remove(listener);
  }

  /** Stores a blob. */
  public Blob put(byte[] content) throws IOException {
    String digest = digest(content);
    Path file = file(digest);
    if (!Files.exists(file)) {
      write(file, content);
    }
    return new Blob(digest, content.length);
  }

  /** A stored blob. */
  public record Blob(String digest, long size) {}

  /**
   * The size of a blob.
   *
   * @throws NoSuchFileException if there is none
   */
  public long size(String digest) throws IOException {
    return Files.size(file(digest));
  }

  /**
   * Opens a blob.
   *
   * @throws NoSuchFileException if there is none
   */
  public InputStream read(String digest) throws IOException {
    return Files.newInputStream(file(digest));
  }

  /** All blobs, those of no record among them. */
  public List<Blob> blobs() throws IOException {
    List<Blob> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(blobs)) {
      for (Path file : files) {
        String digest = "sha256:" + file.getFileName();
        if (DIGEST.matcher(digest).matches()) {
          try {
            found.add(new Blob(digest, Files.size(file)));
          } catch (NoSuchFileException removed) {
            log.debug("blob {} went while blobs were listed", digest);
          }
        }
      }
    }
    return found;
  }

  private void collect() throws IOException {
    List<Entry> ended = new ArrayList<>();
    for (Entry entry : list()) {
      if (!entry.running() && !entry.pinned()) {
        ended.add(entry);
      }
    }
    ended.sort(Comparator.comparing(Entry::completed).reversed());
    Instant limit = Instant.now().minus(maxAge);
    for (Entry entry : ended.subList(Math.min(maxEntries, ended.size()), ended.size())) {
      if (entry.completed().isBefore(limit)) {
        delete(entry.ref());
      }
    }
  }

  private synchronized void removeOrphans() throws IOException {
    if (entries.values().stream().anyMatch(Entry::running)) {
      return;
    }
    Set<String> named = new HashSet<>();
    entries.values().forEach(entry -> named.addAll(entry.blobs()));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(blobs)) {
      for (Path file : files) {
        if (!named.contains("sha256:" + file.getFileName())) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private void tell(Change change, Entry entry) {
    for (Listener listener : listeners) {
      listener.changed(change, entry);
    }
  }

  private Path file(String digest) throws NoSuchFileException {
    if (!DIGEST.matcher(digest).matches()) {
      throw new NoSuchFileException(digest);
    }
    return blobs.resolve(digest.substring("sha256:".length()));
  }

  /** Clients choose references: what is no plain name is stored under its digest. */
  private static String fileName(String ref) {
    return ref.matches("[A-Za-z0-9_-]{1,120}")
        ? ref
        : "ref-" + digest(ref.getBytes(StandardCharsets.UTF_8)).substring(7);
  }

  private static NoSuchFileException missing(String ref) {
    return new NoSuchFileException("failed to retrieve ref " + ref + ": file does not exist");
  }

  private static String digest(byte[] content) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static void write(Path file, byte[] content) throws IOException {
    Path temporary = Files.createTempFile(file.getParent(), file.getFileName().toString(), ".tmp");
    try {
      Files.write(temporary, content);
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
