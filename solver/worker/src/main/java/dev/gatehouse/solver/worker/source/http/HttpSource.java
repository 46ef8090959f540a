package dev.gatehouse.solver.worker.source.http;

import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.ReferenceStore;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.source.ResolveOptions;
import dev.gatehouse.solver.worker.source.SourceInstance;
import dev.gatehouse.solver.worker.source.SourceMetadata;
import dev.gatehouse.solver.worker.source.SourceRequest;
import dev.gatehouse.solver.worker.source.SourceResolver;
import java.io.IOException;
import java.util.Set;

/**
 * Files behind URLs.
 *
 * <p>Attributes, as BuildKit's: {@code http.checksum} (sha256), {@code http.filename}, {@code
 * http.perm}, {@code http.uid}, {@code http.gid}, {@code http.authheadersecret}, {@code
 * http.header.accept}, {@code http.header.user-agent}. Without {@code http.authheadersecret} the
 * secrets {@code HTTP_AUTH_TOKEN_<host>} (a bearer token) and {@code HTTP_AUTH_HEADER_<host>} are
 * used where a client has them.
 *
 * <p>With a checksum nothing is asked for a key. Without, a file that was fetched before with an
 * entity tag is asked for by it and kept if it is the same.
 */
public final class HttpSource implements SourceResolver, AutoCloseable {
  private final ReferenceStore references;
  private final HttpFetcher fetcher = new HttpFetcher();

  public HttpSource(ReferenceStore references) {
    this.references = references;
  }

  @Override
  public Set<String> schemes() {
    return Set.of("http", "https");
  }

  @Override
  public SourceInstance instance(SourceRequest request) throws SolveException {
    return new HttpFile(references, fetcher, HttpIdentifier.of(request));
  }

  @Override
  public SourceMetadata resolve(
      SourceRequest request, ResolveOptions options, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    HttpFile file = new HttpFile(references, fetcher, HttpIdentifier.of(request));
    return new SourceMetadata(
        request.identifier(), request.attributes(), file.metadata(options.checksum(), context));
  }

  @Override
  public void close() {
    fetcher.close();
  }
}
