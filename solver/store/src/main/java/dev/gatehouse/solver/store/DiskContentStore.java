package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** Blobs as files, with a row each that says they are whole. */
final class DiskContentStore implements ContentStore {
  private static final Duration ABANDONED = Duration.ofHours(24);
  private static final int BUFFER = 128 << 10;

  private final Layout layout;
  private final Database database;
  private final Sequence sequence;
  private final Map<Digest, BlobInfo> blobs = new ConcurrentHashMap<>();
  private final Map<String, Semaphore> open = new ConcurrentHashMap<>();

  DiskContentStore(Layout layout, Database database, Sequence sequence) throws IOException {
    this.layout = layout;
    this.database = database;
    this.sequence = sequence;
    database.migrate(
        "content",
        1,
        "CREATE TABLE blob(digest TEXT PRIMARY KEY, size INTEGER NOT NULL,"
            + " created_at INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID");
    load();
  }

  /** Makes files and rows agree: a file without a row was never whole, a row needs its file. */
  private void load() throws IOException {
    List<BlobInfo> rows =
        database.read(s -> {
          List<BlobInfo> list = new ArrayList<>();
          try (ResultSet r =
              s.prepare("SELECT digest, size, created_at FROM blob").executeQuery()) {
            while (r.next()) {
              list.add(
                  new BlobInfo(
                      Digest.parse(r.getString(1)),
                      r.getLong(2),
                      Instant.ofEpochMilli(r.getLong(3))));
            }
          }
          return list;
        });
    Set<Path> files = new HashSet<>();
    Files.createDirectories(layout.blobs());
    try (DirectoryStream<Path> algorithms = Files.newDirectoryStream(layout.blobs())) {
      for (Path algorithm : algorithms) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(algorithm)) {
          entries.forEach(files::add);
        }
      }
    }
    for (BlobInfo row : rows) {
      if (files.remove(layout.blob(row.digest()))) {
        blobs.put(row.digest(), row);
      } else {
        deleteRow(row.digest());
      }
    }
    for (Path stray : files) {
      Files.deleteIfExists(stray);
    }
    Instant abandoned = Instant.now().minus(ABANDONED);
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(layout.ingests())) {
      for (Path p : entries) {
        if (Files.getLastModifiedTime(p).toInstant().isBefore(abandoned)) {
          Files.deleteIfExists(p);
        }
      }
    }
  }

  @Override
  public Optional<BlobInfo> info(Digest digest) {
    return Optional.ofNullable(blobs.get(digest));
  }

  @Override
  public BlobReader open(Digest digest) throws IOException {
    BlobInfo info = blobs.get(digest);
    if (info == null) {
      throw notFound(digest);
    }
    try {
      return new Reader(info, OpenFile.open(layout.blob(digest), OpenFile.O_RDONLY, 0));
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT)) {
        throw notFound(digest);
      }
      throw e;
    }
  }

  private static StoreException notFound(Digest digest) {
    return new StoreException(StoreException.Code.NOT_FOUND, "content " + digest + ": not found");
  }

  @Override
  public byte[] read(Digest digest) throws IOException {
    try (BlobReader r = open(digest);
        InputStream in = r.stream()) {
      return in.readAllBytes();
    }
  }

  @Override
  public Ingest ingest(String name, Optional<Digest> expected, long size)
      throws IOException, InterruptedException {
    Semaphore turn = open.computeIfAbsent(name, n -> new Semaphore(1));
    turn.acquire();
    boolean opened = false;
    try {
      Ingest i = new Writer(name, turn, expected, size);
      opened = true;
      return i;
    } finally {
      if (!opened) {
        turn.release();
      }
    }
  }

  @Override
  public BlobInfo put(byte[] content) throws IOException {
    Digest digest = Digest.sha256(content);
    BlobInfo there = blobs.get(digest);
    if (there != null) {
      return there;
    }
    Path temp = layout.makeTemp().resolve("blob");
    try {
      Files.write(temp, content);
      return publish(temp, digest, content.length);
    } catch (IOException e) {
      throw noSpace(e, "blob " + digest);
    } finally {
      Layout.deleteTree(temp.getParent() == null ? temp : temp.getParent());
    }
  }

  private BlobInfo publish(Path from, Digest digest, long size) throws IOException {
    Path to = layout.blob(digest);
    Path directory = to.getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    // Two writers of one digest carry the same bytes: whoever renames last changes nothing.
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    BlobInfo info = new BlobInfo(digest, size, Instant.ofEpochMilli(System.currentTimeMillis()));
    database.write(s -> {
      PreparedStatement p =
          s.prepare(
              "INSERT OR REPLACE INTO blob(digest, size, created_at, seq) VALUES(?, ?, ?, ?)");
      p.setString(1, digest.toString());
      p.setLong(2, size);
      p.setLong(3, info.createdAt().toEpochMilli());
      p.setLong(4, sequence.next());
      return p.executeUpdate();
    });
    blobs.put(digest, info);
    return info;
  }

  @Override
  public void delete(Digest digest) throws IOException {
    if (blobs.remove(digest) != null) {
      // The row first: a file without a row is cleaned at open, a row without its file is a lie.
      deleteRow(digest);
      Files.deleteIfExists(layout.blob(digest));
    }
  }

  private void deleteRow(Digest digest) {
    database.write(s -> {
      PreparedStatement p = s.prepare("DELETE FROM blob WHERE digest = ?");
      p.setString(1, digest.toString());
      return p.executeUpdate();
    });
  }

  @Override
  public List<BlobInfo> list() {
    return List.copyOf(blobs.values());
  }

  private StoreException noSpace(IOException e, String what) throws IOException {
    if ((e instanceof LinuxException l && l.isNoSpace())
        || String.valueOf(e.getMessage()).contains("No space left on device")
        || String.valueOf(e.getMessage()).contains("Disk quota exceeded")) {
      return new StoreException(
          StoreException.Code.NO_SPACE,
          "no space left on device to write " + what + " below " + layout.root(),
          e);
    }
    throw e;
  }

  private static MessageDigest digester(Optional<Digest> expected) throws StoreException {
    String algorithm = expected.map(Digest::algorithm).orElse("sha256");
    String name =
        switch (algorithm) {
          case "sha256" -> "SHA-256";
          case "sha384" -> "SHA-384";
          case "sha512" -> "SHA-512";
          default ->
              throw new StoreException(
                  StoreException.Code.UNSUPPORTED, "unsupported digest algorithm " + algorithm);
        };
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new StoreException(StoreException.Code.UNSUPPORTED, "no " + name, e);
    }
  }

  private static final class Reader implements BlobReader {
    private final BlobInfo info;
    private final OpenFile file;

    Reader(BlobInfo info, OpenFile file) {
      this.info = info;
      this.file = file;
    }

    @Override
    public BlobInfo info() {
      return info;
    }

    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
      return file.read(target, offset);
    }

    @Override
    public InputStream stream(long offset) {
      return new InputStream() {
        private long position = offset;

        @Override
        public int read() throws IOException {
          byte[] one = new byte[1];
          return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] b, int off, int len) throws IOException {
          if (len == 0) {
            return 0;
          }
          int n = Reader.this.read(ByteBuffer.wrap(b, off, len), position);
          if (n > 0) {
            position += n;
          }
          return n;
        }

        @Override
        public int available() {
          return (int) Math.min(Integer.MAX_VALUE, Math.max(0, info.size() - position));
        }
      };
    }

    @Override
    public void close() {
      file.close();
    }
  }

  private final class Writer implements Ingest {
    private final String name;
    private final Semaphore turn;
    private final Optional<Digest> expected;
    private final long size;
    private final Path path;
    private final OpenFile file;
    private final MessageDigest hash;
    private long offset;
    private boolean closed;

    Writer(String name, Semaphore turn, Optional<Digest> expected, long size) throws IOException {
      this.name = name;
      this.turn = turn;
      this.expected = expected;
      this.size = size;
      path = layout.ingest(name);
      hash = digester(expected);
      file = OpenFile.open(path, OpenFile.O_RDWR | OpenFile.O_CREAT, 0600);
      boolean resumed = false;
      try {
        byte[] buffer = new byte[BUFFER];
        for (int n; (n = file.read(buffer, 0, buffer.length)) > 0; ) {
          hash.update(buffer, 0, n);
          offset += n;
        }
        if (size >= 0 && offset > size) {
          truncate();
        }
        resumed = true;
      } finally {
        if (!resumed) {
          file.close();
        }
      }
    }

    @Override
    public long offset() {
      return offset;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      if (closed) {
        throw new IllegalStateException("ingest " + name + " is closed");
      }
      if (size >= 0 && offset + length > size) {
        abort();
        throw new StoreException(
            StoreException.Code.CORRUPT,
            "content " + what() + " is longer than the " + size + " bytes it should have");
      }
      try {
        file.write(bytes, from, length);
      } catch (LinuxException e) {
        if (e.isNoSpace()) {
          abort();
        }
        throw noSpace(e, what());
      }
      hash.update(bytes, from, length);
      offset += length;
    }

    private String what() {
      return expected.map(Digest::toString).orElse(name);
    }

    @Override
    public void writeFrom(InputStream in) throws IOException {
      byte[] buffer = new byte[BUFFER];
      for (int n; (n = in.read(buffer)) >= 0; ) {
        write(buffer, 0, n);
      }
    }

    @Override
    public OutputStream stream() {
      return new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          Writer.this.write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] b, int off, int len) throws IOException {
          Writer.this.write(b, off, len);
        }
      };
    }

    @Override
    public void truncate() throws IOException {
      file.truncate(0);
      file.seek(0);
      hash.reset();
      offset = 0;
    }

    @Override
    public BlobInfo commit() throws IOException {
      if (closed) {
        throw new IllegalStateException("ingest " + name + " is closed");
      }
      if (size >= 0 && offset != size) {
        long got = offset;
        abort();
        throw new StoreException(
            StoreException.Code.CORRUPT,
            "content " + what() + " has " + got + " bytes, expected " + size);
      }
      Digest actual =
          new Digest(
              expected.map(Digest::algorithm).orElse("sha256"),
              HexFormat.of().formatHex(hash.digest()));
      if (expected.isPresent() && !expected.get().equals(actual)) {
        abort();
        throw new StoreException(
            StoreException.Code.CORRUPT,
            "content " + what() + " does not match its digest: got " + actual);
      }
      BlobInfo there = blobs.get(actual);
      if (there != null) {
        abort();
        return there;
      }
      try {
        return publish(path, actual, offset);
      } finally {
        close();
      }
    }

    @Override
    public void abort() {
      if (!closed) {
        try {
          Files.deleteIfExists(path);
        } catch (IOException e) {
          System.getLogger(DiskContentStore.class.getName())
              .log(System.Logger.Level.WARNING, "dropping ingest " + name, e);
        }
        close();
      }
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        file.close();
        turn.release();
      }
    }
  }
}
