package dev.gatehouse.solver.worker.registry;

import dev.gatehouse.solver.core.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Optional;
import java.util.function.LongConsumer;

/** One blob on its way to a registry: mounted, in one piece, or in chunks where that is refused. */
final class BlobUpload {
  private static final long CHUNK = 32L << 20;

  private final Transport transport;
  private final RegistryHost host;
  private final AnswerErrors errors;
  private final String uploads;
  private final String scope;
  private final Digest digest;
  private final long size;
  private final Repository.BlobSource source;
  private final LongConsumer progress;

  /**
   * @param uploads where uploads to the repository start
   * @param scope the right to push there
   */
  BlobUpload(
      Transport transport,
      RegistryHost host,
      AnswerErrors errors,
      String uploads,
      String scope,
      Digest digest,
      long size,
      Repository.BlobSource source,
      LongConsumer progress) {
    this.transport = transport;
    this.host = host;
    this.errors = errors;
    this.uploads = uploads;
    this.scope = scope;
    this.digest = digest;
    this.size = size;
    this.source = source;
    this.progress = progress;
  }

  private Transport.Answer send(Transport.Request request)
      throws IOException, InterruptedException {
    return transport.send(host, request, scope);
  }

  /**
   * Sends the blob, unless it can be mounted.
   *
   * @param mountFrom a repository of the same registry that may have it
   * @return whether something was sent
   */
  boolean run(Optional<String> mountFrom) throws IOException, InterruptedException {
    String rights = scope;
    String start = uploads;
    if (mountFrom.isPresent()) {
      start +=
          "?mount="
              + Repository.encode(digest.toString())
              + "&from="
              + Repository.encode(mountFrom.get());
      rights += " repository:" + mountFrom.get() + ":pull";
    }
    URI location;
    try (Transport.Answer a = transport.send(host, Transport.Request.post(start), rights)) {
      if (a.status() == 201) {
        return false; // Mounted.
      }
      if (a.status() == 401 || a.status() == 403) {
        if (mountFrom.isPresent()) {
          // No right to read there: push instead.
          return run(Optional.empty());
        }
      }
      if (a.status() != 202) {
        throw errors.failure(a);
      }
      location =
          a.location()
              .orElseThrow(() -> errors.invalid(host, "starts an upload without a location"));
    }
    URI end = withQuery(location, "digest=" + Repository.encode(digest.toString()));
    try (Transport.Answer a =
        send(
            Transport.Request.put(end)
                .header("Content-Type", "application/octet-stream")
                .body(size, source::open, progress))) {
      if (a.status() == 413) {
        return inChunks();
      }
      if (a.status() != 201 && a.status() != 204) {
        throw errors.failure(a);
      }
    }
    return true;
  }

  private boolean inChunks() throws IOException, InterruptedException {
    URI location;
    long chunk = CHUNK;
    try (Transport.Answer a = send(Transport.Request.post(uploads))) {
      if (a.status() != 202) {
        throw errors.failure(a);
      }
      location =
          a.location()
              .orElseThrow(() -> errors.invalid(host, "starts an upload without a location"));
      String least = a.header("OCI-Chunk-Min-Length").orElse("");
      if (least.matches("[0-9]{1,12}")) {
        chunk = Math.max(chunk, Long.parseLong(least));
      }
    }
    try (InputStream in = source.open()) {
      for (long at = 0; at < size; ) {
        byte[] part =
            in.readNBytes((int) Math.min(Math.min(chunk, size - at), Integer.MAX_VALUE - 8));
        if (part.length == 0) {
          throw new IOException("blob " + digest + " ends after " + at + " of " + size + " bytes");
        }
        Transport.Request patch =
            Transport.Request.patch(location)
                .header("Content-Type", "application/octet-stream")
                .header("Content-Range", at + "-" + (at + part.length - 1))
                .body(part.length, () -> new java.io.ByteArrayInputStream(part), progress);
        try (Transport.Answer a = send(patch)) {
          if (a.status() != 202) {
            throw errors.failure(a);
          }
          location =
              a.location()
                  .orElseThrow(
                      () -> errors.invalid(host, "goes on with an upload without a location"));
        }
        at += part.length;
      }
    }
    URI end = withQuery(location, "digest=" + Repository.encode(digest.toString()));
    try (Transport.Answer a = send(Transport.Request.put(end))) {
      if (a.status() != 201 && a.status() != 204) {
        throw errors.failure(a);
      }
    }
    return true;
  }

  private static URI withQuery(URI uri, String query) {
    String text = uri.toString();
    return URI.create(text + (text.contains("?") ? "&" : "?") + query);
  }
}
