package dev.gatehouse.solver.worker.registry;

import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.ContentStore;
import dev.gatehouse.solver.store.Ingest;
import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.image.MediaTypes;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * One repository of a registry: its manifests and blobs.
 *
 * <p>Pulling asks the mirrors before the registry. Whatever is named by digest is verified; a
 * transfer that is cut goes on where it ended. Safe for many threads.
 */
public final class Repository {
  /** Largest manifest, index or configuration. */
  public static final int MAX_MANIFEST = 4 << 20;

  private static final int ATTEMPTS = 5;
  private static final String ACCEPT =
      String.join(
          ", ",
          MediaTypes.DOCKER_MANIFEST,
          MediaTypes.DOCKER_MANIFEST_LIST,
          MediaTypes.OCI_MANIFEST,
          MediaTypes.OCI_INDEX,
          "*/*");

  private final ImageName name;
  private final List<RegistryHost> pullHosts;
  private final List<RegistryHost> pushHosts;
  private final Transport transport;
  private final Duration firstPause;
  private final AnswerErrors errors;

  Repository(
      ImageName name,
      List<RegistryHost> pullHosts,
      List<RegistryHost> pushHosts,
      Authorizer authorizer,
      SessionGroup sessions,
      Duration firstPause) {
    this.name = name;
    this.pullHosts = List.copyOf(pullHosts);
    this.pushHosts = List.copyOf(pushHosts);
    this.transport = new Transport(authorizer, sessions);
    this.firstPause = firstPause;
    this.errors = new AnswerErrors(name);
  }

  /** The name it was opened with. */
  public ImageName name() {
    return name;
  }

  /**
   * A manifest and its bytes.
   *
   * @param descriptor with the media type that the registry told, or the manifest itself
   */
  @SuppressWarnings("ArrayRecordComponent") // wire content, which nobody compares
  public record Fetched(Descriptor descriptor, byte[] content) {}

  private interface PullAttempt<T> {
    T from(RegistryHost host) throws IOException, InterruptedException;
  }

  /** Asks each host until one answers; the error that says most is told. */
  private <T> T pull(PullAttempt<T> attempt) throws IOException, InterruptedException {
    IOException best = null;
    for (RegistryHost host : pullHosts) {
      try {
        return retry(() -> attempt.from(host));
      } catch (IOException e) {
        if (best == null || weight(e) >= weight(best)) {
          best = e;
        }
      }
    }
    if (best == null) {
      throw new IllegalStateException("a repository has hosts");
    }
    throw best;
  }

  /** The registry's own word counts more than a mirror's: of equals, the last. */
  private static int weight(IOException e) {
    if (e instanceof RegistryException r) {
      return r.reason() == RegistryException.Reason.NOT_FOUND ? 1 : 2;
    }
    return 1;
  }

  private interface Attempt<T> {
    T run() throws IOException, InterruptedException;
  }

  private <T> T retry(Attempt<T> attempt) throws IOException, InterruptedException {
    Duration pause = firstPause;
    for (int n = 1; ; n++) {
      try {
        return attempt.run();
      } catch (IOException e) {
        if (n >= ATTEMPTS || !Transport.mayPass(e)) {
          throw e;
        }
        Thread.sleep(
            Transport.retryAfter(e).filter(d -> d.compareTo(firstPause) > 0).orElse(pause));
        pause = pause.multipliedBy(2);
      }
    }
  }

  private String url(RegistryHost host, String what) {
    String url = "/" + name.path() + "/" + what;
    return host.mirror() && !host.host().equals(name.domain())
        ? url + (url.contains("?") ? "&" : "?") + "ns=" + encode(name.domain())
        : url;
  }

  private String pullScope() {
    return "repository:" + name.path() + ":pull";
  }

  private String pushScope() {
    return "repository:" + name.path() + ":pull,push";
  }

  /**
   * Finds out what the name stands for.
   *
   * @throws RegistryException NOT_FOUND with {@code docker.io/library/x:y: not found}, UNAUTHORIZED
   */
  public Descriptor resolve() throws IOException, InterruptedException {
    return pull(host -> {
      Transport.Request request =
          Transport.Request.head(url(host, "manifests/" + name.object())).header("Accept", ACCEPT);
      try (Transport.Answer a = transport.send(host, request, pullScope())) {
        if (a.status() == 200) {
          Optional<Digest> digest = digest(a);
          long size = a.length();
          String type = a.header("Content-Type").map(Repository::bare).orElse("");
          if (digest.isPresent() && size > 0 && MediaTypes.isManifest(type)) {
            if (name.digest().isPresent() && !name.digest().get().equals(digest.get())) {
              throw errors.invalid(host, "answers " + digest.get() + " for " + name.digest().get());
            }
            checkSize(size);
            return new Descriptor(
                type, new dev.gatehouse.llb.oci.Digest(digest.get().toString()), size);
          }
        } else if (a.status() != 405) {
          throw errors.failure(a);
        }
      }
      return get(host, name.object(), name.digest()).descriptor();
    });
  }

  /** Fetches what the name stands for. */
  public Fetched manifest() throws IOException, InterruptedException {
    return pull(host -> get(host, name.object(), name.digest()));
  }

  /** Fetches a manifest by digest. */
  public Fetched manifest(Digest digest) throws IOException, InterruptedException {
    return pull(host -> get(host, digest.toString(), Optional.of(digest)));
  }

  private Fetched get(RegistryHost host, String object, Optional<Digest> expected)
      throws IOException, InterruptedException {
    Transport.Request request =
        Transport.Request.get(url(host, "manifests/" + object)).header("Accept", ACCEPT);
    try (Transport.Answer a = transport.send(host, request, pullScope())) {
      if (a.status() != 200) {
        throw errors.failure(a);
      }
      byte[] content = a.readAll(MAX_MANIFEST, errors::tooLarge);
      Digest digest = Digest.sha256(content);
      if (expected.isPresent() && !expected.get().equals(digest)) {
        throw errors.invalid(
            host, "manifest has digest " + digest + ", expected " + expected.get());
      }
      String own =
          MediaTypes.ofManifest(content)
              .orElseThrow(() -> errors.invalid(host, "answers no manifest for " + name));
      String type =
          a.header("Content-Type")
              .map(Repository::bare)
              .filter(
                  t -> MediaTypes.isManifest(t) && MediaTypes.isIndex(t) == MediaTypes.isIndex(own))
              .orElse(own);
      return new Fetched(
          new Descriptor(type, new dev.gatehouse.llb.oci.Digest(digest.toString()), content.length),
          content);
    }
  }

  /** Fetches a small blob, such as a configuration, into memory. */
  public byte[] blob(Digest digest, long size) throws IOException, InterruptedException {
    if (size > MAX_MANIFEST) {
      throw errors.tooLarge();
    }
    return pull(host -> {
      try (Transport.Answer a =
          transport.send(host, Transport.Request.get(blobUrl(host, digest)), pullScope())) {
        if (a.status() != 200) {
          throw errors.failure(a);
        }
        byte[] content = a.readAll(MAX_MANIFEST, errors::tooLarge);
        if (!Digest.sha256(content).equals(digest)) {
          throw errors.invalid(host, "blob " + digest + " has digest " + Digest.sha256(content));
        }
        return content;
      }
    });
  }

  private String blobUrl(RegistryHost host, Digest digest) {
    return url(host, "blobs/" + digest);
  }

  /**
   * Fetches a blob into the content store; what an earlier attempt left is not fetched again.
   *
   * @param progress told the bytes that arrive
   * @throws dev.gatehouse.solver.store.StoreException CORRUPT if it is not what the digest says
   */
  public void fetch(Digest digest, long size, ContentStore content, LongConsumer progress)
      throws IOException, InterruptedException {
    if (content.contains(digest)) {
      return;
    }
    try (Ingest ingest = content.ingest("blob-" + digest, Optional.of(digest), size)) {
      if (content.contains(digest)) {
        ingest.abort();
        return;
      }
      progress.accept(ingest.offset());
      if (size < 0 || ingest.offset() < size) {
        pull(host -> {
          receive(host, digest, size, ingest, progress);
          return true;
        });
      }
      ingest.commit();
    }
  }

  private void receive(
      RegistryHost host, Digest digest, long size, Ingest ingest, LongConsumer progress)
      throws IOException, InterruptedException {
    Duration pause = firstPause;
    for (int fruitless = 0; ; ) {
      long before = ingest.offset();
      try {
        receiveOnce(host, digest, size, ingest, progress);
        return;
      } catch (IOException e) {
        // As long as something arrives, going on is worth while.
        fruitless = ingest.offset() > before ? 0 : fruitless + 1;
        if (ingest.offset() <= before || !Transport.mayPass(e)) {
          throw e;
        }
        Thread.sleep(pause);
      }
    }
  }

  private void receiveOnce(
      RegistryHost host, Digest digest, long size, Ingest ingest, LongConsumer progress)
      throws IOException, InterruptedException {
    Transport.Request request = Transport.Request.get(blobUrl(host, digest));
    if (ingest.offset() > 0) {
      request = request.header("Range", "bytes=" + ingest.offset() + "-");
    }
    try (Transport.Answer a = transport.send(host, request, pullScope())) {
      if (a.status() == 416) {
        ingest.truncate();
        throw new Transport.CutException("registry refuses to resume at an offset", null);
      }
      if (a.status() == 200 && ingest.offset() > 0) {
        ingest.truncate(); // The server knows no ranges.
      } else if (a.status() == 206) {
        String range = a.header("Content-Range").orElse("");
        if (!range.startsWith("bytes " + ingest.offset() + "-")) {
          throw errors.invalid(
              host, "answers range " + range + " for bytes=" + ingest.offset() + "-");
        }
      } else if (a.status() != 200) {
        throw errors.failure(a);
      }
      a.copyTo((bytes, n) -> {
        if (size >= 0 && ingest.offset() + n > size) {
          throw errors.invalid(host, "blob " + digest + " is larger than " + size + " bytes");
        }
        ingest.write(bytes, 0, n);
        progress.accept(n);
      });
      if (size >= 0 && ingest.offset() < size) {
        throw new Transport.CutException(
            "blob " + digest + " ends after " + ingest.offset() + " of " + size + " bytes", null);
      }
    }
  }

  /** Whether the registry, mirrors aside, has a blob. */
  public boolean hasBlob(Digest digest) throws IOException, InterruptedException {
    RegistryHost host = pushHost();
    return retry(() -> {
      try (Transport.Answer a =
          transport.send(host, Transport.Request.head(url(host, "blobs/" + digest)), pushScope())) {
        return switch (a.status()) {
          case 200 -> true;
          case 404 -> false;
          default -> throw errors.failure(a);
        };
      }
    });
  }

  /** Whether the registry, mirrors aside, has a manifest of this digest under a tag or digest. */
  public boolean hasManifest(String object, Digest digest)
      throws IOException, InterruptedException {
    RegistryHost host = pushHost();
    return retry(() -> {
      Transport.Request head =
          Transport.Request.head(url(host, "manifests/" + object)).header("Accept", ACCEPT);
      try (Transport.Answer a = transport.send(host, head, pushScope())) {
        return switch (a.status()) {
          case 200 -> digest(a).filter(digest::equals).isPresent();
          case 404 -> false;
          default -> throw errors.failure(a);
        };
      }
    });
  }

  /** A blob's bytes, from the start each time it is opened. */
  @FunctionalInterface
  public interface BlobSource {
    InputStream open() throws IOException, InterruptedException;
  }

  /**
   * Pushes a blob unless the registry has it.
   *
   * @param mountFrom a repository of the same registry that may have it, to take it from there
   *     without transfer
   * @param source asked only if there is something to send
   * @param progress told the bytes that leave
   * @return whether something was sent
   */
  public boolean pushBlob(
      Digest digest,
      long size,
      Optional<String> mountFrom,
      BlobSource source,
      LongConsumer progress)
      throws IOException, InterruptedException {
    if (hasBlob(digest)) {
      return false;
    }
    RegistryHost host = pushHost();
    BlobUpload upload =
        new BlobUpload(
            transport,
            host,
            errors,
            url(host, "blobs/uploads/"),
            pushScope(),
            digest,
            size,
            source,
            progress);
    return retry(() -> upload.run(mountFrom));
  }

  /**
   * Pushes a manifest or index, whose blobs and manifests must be there.
   *
   * @param object a tag, or the manifest's digest
   */
  public void pushManifest(String object, String mediaType, byte[] content)
      throws IOException, InterruptedException {
    RegistryHost host = pushHost();
    retry(() -> {
      Transport.Request put =
          Transport.Request.put(url(host, "manifests/" + object))
              .header("Content-Type", mediaType)
              .body(content.length, () -> new java.io.ByteArrayInputStream(content), n -> {});
      try (Transport.Answer a = transport.send(host, put, pushScope())) {
        if (a.status() != 201 && a.status() != 200 && a.status() != 202) {
          throw errors.failure(a);
        }
        Digest expected = Digest.sha256(content);
        Optional<Digest> stored = digest(a);
        if (stored.isPresent() && !stored.get().equals(expected)) {
          throw errors.invalid(
              host, "stored manifest as " + stored.get() + " instead of " + expected);
        }
        return true;
      }
    });
  }

  private RegistryHost pushHost() {
    return pushHosts.getFirst();
  }

  private static Optional<Digest> digest(Transport.Answer a) {
    try {
      return a.header("Docker-Content-Digest").map(Digest::parse);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String bare(String mediaType) {
    int semicolon = mediaType.indexOf(';');
    return (semicolon < 0 ? mediaType : mediaType.substring(0, semicolon)).trim();
  }

  private void checkSize(long size) throws RegistryException {
    if (size > MAX_MANIFEST) {
      throw errors.tooLarge();
    }
  }

  static String encode(String s) {
    return URLEncoder.encode(s, StandardCharsets.UTF_8);
  }
}
