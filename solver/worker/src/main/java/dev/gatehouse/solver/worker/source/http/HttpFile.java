package dev.gatehouse.solver.worker.source.http;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.store.ActiveReference;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.store.ReferenceStore;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.source.ResolveOptions;
import dev.gatehouse.solver.worker.source.SourceInstance;
import dev.gatehouse.solver.worker.source.SourceKey;
import dev.gatehouse.solver.worker.source.SourceMetadata;
import dev.gatehouse.solver.worker.source.http.HttpFetcher.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One file behind a URL, in one build. */
final class HttpFile implements SourceInstance {
  private static final String URL = "http.url";
  private static final String CHECKSUM = "http.checksum";
  private static final String ETAG = "http.etag";
  private static final String MODIFIED = "http.modtime";
  private static final int DEFAULT_PERM = 0600;

  private final ReferenceStore references;
  private final HttpFetcher fetcher;
  private final HttpIdentifier identifier;

  private @Nullable Resolved resolved;

  HttpFile(ReferenceStore references, HttpFetcher fetcher, HttpIdentifier identifier) {
    this.references = references;
    this.fetcher = fetcher;
    this.identifier = identifier;
  }

  /**
   * A file as it was found.
   *
   * @param record id of the tree that holds it; empty while it was not fetched
   */
  private record Resolved(
      Digest content, String filename, Optional<Instant> modified, String record) {}

  /** A file that was fetched before. */
  private record Stored(ImmutableReference reference, Digest content, Optional<Instant> modified) {}

  @Override
  public SourceKey key(OperationContext context)
      throws SolveException, IOException, InterruptedException {
    Resolved found = resolve(context);
    return SourceKey.of(
        identifier.cacheKey(found.filename(), found.content(), found.modified()),
        found.content().toString());
  }

  private Resolved resolve(OperationContext context)
      throws SolveException, IOException, InterruptedException {
    Resolved known = resolved;
    if (known != null) {
      return known;
    }
    Resolved now =
        identifier.checksum().isPresent()
            ? new Resolved(
                identifier.checksum().get(),
                FileNames.of(identifier, Optional.empty()),
                Optional.empty(),
                "")
            : context
                .memory()
                .get("http " + identifier.storeKey(), Resolved.class, () -> ask(context));
    resolved = now;
    return now;
  }

  /** Asks the server: whether a stored file is still the one, and for the file if it is not. */
  private Resolved ask(OperationContext context)
      throws SolveException, IOException, InterruptedException {
    Map<String, Stored> stored = stored();
    try {
      if (!stored.isEmpty()) {
        String tags = String.join(", ", stored.keySet());
        // Some servers cannot compare tags. A HEAD lets us do it.
        Answer answer;
        try {
          answer = fetcher.head(identifier, context.sessions(), Map.of("If-None-Match", tags));
        } catch (IOException e) {
          answer = new Answer(0, Map.of()); // the GET will say what is wrong
        }
        if (answer.status() == 200 || answer.status() == 304) {
          Optional<Resolved> same = same(answer, stored, context);
          if (same.isPresent()) {
            return same.get();
          }
        }
      }
      return fetch(context, stored);
    } finally {
      stored.values().forEach(s -> s.reference().close());
    }
  }

  private Optional<Resolved> same(
      Answer answer, Map<String, Stored> stored, OperationContext context) {
    Optional<String> etag = answer.etag();
    if (etag.isEmpty() && answer.status() == 304 && stored.size() == 1) {
      etag = Optional.of(stored.keySet().iterator().next());
    }
    Stored match = etag.map(stored::get).orElse(null);
    if (match == null) {
      return Optional.empty();
    }
    keep(match.reference().id(), context);
    return Optional.of(
        new Resolved(
            match.content(),
            FileNames.of(identifier, answer.header("Content-Disposition")),
            match.modified(),
            match.reference().id()));
  }

  /** Files of this URL that were fetched before, by their tag. Their handles are the caller's. */
  private Map<String, Stored> stored() {
    Map<String, Stored> found = new LinkedHashMap<>();
    byte[] key = identifier.storeKey().getBytes(StandardCharsets.UTF_8);
    for (String id : references.search(URL, key)) {
      references
          .get(id)
          .ifPresent(reference -> {
            String etag = text(reference, ETAG);
            String content = text(reference, CHECKSUM);
            if (etag.isEmpty() || content.isEmpty() || found.containsKey(etag)) {
              reference.close();
              return;
            }
            found.put(
                etag,
                new Stored(
                    reference, Digest.parse(content), HttpTime.parse(text(reference, MODIFIED))));
          });
    }
    return found;
  }

  private static String text(ImmutableReference reference, String key) {
    return reference
        .metadata(key)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .orElse("");
  }

  /** Downloads the file, keeps it as a tree and lends it to the build. */
  private Resolved fetch(OperationContext context, Map<String, Stored> stored)
      throws SolveException, IOException, InterruptedException {
    Map<String, String> conditions =
        stored.isEmpty() ? Map.of() : Map.of("If-None-Match", String.join(", ", stored.keySet()));
    ActiveReference active =
        references.create(Optional.empty(), ReferenceOptions.of("http url " + redacted()));
    try (active;
        VertexProgress.Part part =
            context.progress().part("downloading " + FileNames.of(identifier, Optional.empty()))) {
      Answer answer;
      Digest content;
      String filename;
      try (LocalMount mount = active.localMount(false);
          Directory directory = Directory.open(mount.path())) {
        Download download = new Download(directory);
        try (download) {
          answer = fetcher.get(identifier, context.sessions(), conditions, download, part::advance);
        }
        if (answer.status() == 304) {
          Answer unchanged = answer;
          return same(unchanged, stored, context)
              .orElseThrow(() ->
                  new SolveException(
                      "source.http.failed",
                      ErrorCategory.ENVIRONMENT,
                      "invalid not-modified ETag: " + unchanged.etag().orElse("")));
        }
        content = download.digest();
        filename = FileNames.of(identifier, answer.header("Content-Disposition"));
        requirePinned(content);
        download.finish(filename, HttpTime.parse(answer.header("Last-Modified").orElse("")));
      }
      ImmutableReference committed = active.commit();
      context.keep(List.of(committed));
      Optional<Instant> modified = HttpTime.parse(answer.header("Last-Modified").orElse(""));
      set(committed, CHECKSUM, content.toString());
      answer.etag().ifPresent(e -> set(committed, ETAG, e));
      modified.ifPresent(m -> set(committed, MODIFIED, HttpTime.format(m)));
      set(committed, URL, identifier.storeKey());
      keep(committed.id(), context);
      return new Resolved(content, filename, modified, committed.id());
    }
  }

  /** Keeps what the build was told of: what it says of the file must stay true. */
  private void keep(String record, OperationContext context) {
    references.get(record).ifPresent(context.memory()::keep);
  }

  private static void set(ImmutableReference reference, String key, String value) {
    reference.setMetadata(key, value.getBytes(StandardCharsets.UTF_8));
  }

  /** The URL without user and password. */
  private String redacted() {
    String text = identifier.url().toString();
    String user = identifier.url().getRawUserInfo();
    return user == null ? text : text.replace(user + "@", "xxxxx@");
  }

  private void requirePinned(Digest content) throws SolveException {
    Optional<Digest> pinned = identifier.checksum();
    if (pinned.isPresent() && !pinned.get().equals(content)) {
      throw new SolveException(
          "source.http.digest",
          ErrorCategory.USER,
          "digest mismatch " + content + ": " + pinned.get());
    }
  }

  /** A file being written; begun again when the server begins again. */
  private final class Download implements HttpFetcher.Receiver, AutoCloseable {
    private static final String NAME = ".download";

    private final Directory directory;
    private final MessageDigest digest = Digest.newSha256();
    private @Nullable OpenFile file;

    private Download(Directory directory) {
      this.directory = directory;
    }

    @Override
    public OutputStream restart() throws IOException {
      OpenFile open = file;
      if (open == null) {
        open =
            directory.file(
                NAME, OpenFile.O_WRONLY | OpenFile.O_CREAT | OpenFile.O_EXCL, DEFAULT_PERM);
        file = open;
      }
      open.truncate(0);
      open.seek(0);
      digest.reset();
      OpenFile target = open;
      return new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] data, int offset, int length) throws IOException {
          target.write(data, offset, length);
          digest.update(data, offset, length);
        }
      };
    }

    private Digest digest() {
      return Digest.of(digest.digest());
    }

    private void finish(String name, Optional<Instant> modified) throws IOException {
      int perm = identifier.perm() == 0 ? DEFAULT_PERM : identifier.perm();
      directory.chown(NAME, identifier.uid(), identifier.gid());
      directory.chmod(NAME, perm);
      if (!name.equals(NAME)) {
        directory.rename(NAME, directory, name);
      }
      directory.setTimes(name, modified.map(Instant::getEpochSecond).orElse(0L), 0);
    }

    @Override
    public void close() {
      if (file != null) {
        file.close();
      }
    }
  }

  @Override
  public WorkerResult snapshot(OperationContext context)
      throws SolveException, IOException, InterruptedException {
    Resolved found = resolve(context);
    return WorkerResult.of(tree(found, context));
  }

  /** The tree of a file, fetched if it is not here. */
  private ImmutableReference tree(Resolved found, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    Optional<ImmutableReference> here =
        found.record().isEmpty() ? pinned(found.content()) : references.get(found.record());
    if (here.isPresent()) {
      return here.get();
    }
    Resolved fetched = fetch(context, Map.of());
    if (!fetched.content().equals(found.content())) {
      throw new SolveException(
          "source.http.digest",
          ErrorCategory.ENVIRONMENT,
          "digest mismatch " + fetched.content() + ": " + found.content());
    }
    return references
        .get(fetched.record())
        .orElseThrow(() -> new IOException("a tree that is held was collected"));
  }

  /** A stored file of this URL with that content. */
  private Optional<ImmutableReference> pinned(Digest content) {
    byte[] key = identifier.storeKey().getBytes(StandardCharsets.UTF_8);
    for (String id : references.search(URL, key)) {
      Optional<ImmutableReference> reference = references.get(id);
      if (reference.isPresent()) {
        if (text(reference.get(), CHECKSUM).equals(content.toString())) {
          return reference;
        }
        reference.get().close();
      }
    }
    return Optional.empty();
  }

  /** What is known of the file; a further checksum needs its content. */
  SourceMetadata.Http metadata(
      Optional<ResolveOptions.ChecksumRequest> wanted, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    Resolved found = resolve(context);
    Optional<Digest> checksum = Optional.empty();
    if (wanted.isPresent()) {
      try (ImmutableReference tree = tree(found, context);
          LocalMount mount = tree.localMount(true);
          Directory directory = Directory.open(mount.path());
          OpenFile file = directory.file(found.filename(), OpenFile.O_RDONLY, 0)) {
        checksum = Optional.of(checksum(file.inputStream(), wanted.get()));
      }
    }
    return new SourceMetadata.Http(found.content(), found.filename(), found.modified(), checksum);
  }

  private static Digest checksum(InputStream content, ResolveOptions.ChecksumRequest wanted)
      throws SolveException, IOException {
    String name =
        switch (wanted.algorithm()) {
          case "sha256" -> "SHA-256";
          case "sha384" -> "SHA-384";
          case "sha512" -> "SHA-512";
          default ->
              throw new SolveException(
                  "source.http.invalid",
                  ErrorCategory.USER,
                  "unsupported checksum algorithm " + wanted.algorithm());
        };
    try {
      MessageDigest digest = MessageDigest.getInstance(name);
      byte[] buffer = new byte[64 * 1024];
      for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      digest.update(wanted.suffix());
      return new Digest(wanted.algorithm(), HexFormat.of().formatHex(digest.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
