package dev.gatehouse.solver.worker.source.ocilayout;

import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.ContentStore;
import dev.gatehouse.solver.store.LayerProvider;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.worker.image.DocumentCache;
import dev.gatehouse.solver.worker.image.ImageReader;
import dev.gatehouse.solver.worker.image.MediaTypes;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.registry.Repository;
import dev.gatehouse.solver.worker.session.Session;
import dev.gatehouse.solver.worker.session.SessionGroup;
import dev.gatehouse.solver.worker.session.content.SessionContent;
import dev.gatehouse.solver.worker.source.ResolveOptions;
import dev.gatehouse.solver.worker.source.SourceInstance;
import dev.gatehouse.solver.worker.source.SourceMetadata;
import dev.gatehouse.solver.worker.source.SourceRequest;
import dev.gatehouse.solver.worker.source.SourceResolver;
import dev.gatehouse.solver.worker.source.image.ImageAttributes;
import dev.gatehouse.solver.worker.source.image.ImageInstance;
import dev.gatehouse.solver.worker.source.image.LayerSources;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Images of a client's OCI layout, {@code oci-layout://name@sha256:...}.
 *
 * <p>The client offers the layout as a content store over its session; the attribute {@code
 * oci.store} names the store, {@code oci.session} the session where it is not the build's own. A
 * digest is demanded: layouts are content only.
 */
public final class OciLayoutSource implements SourceResolver {
  private final Store store;
  private final DocumentCache documents;
  private final LayerSources layers;

  public OciLayoutSource(Store store, LayerSources layers) {
    this.store = store;
    this.documents = new DocumentCache(store.database());
    this.layers = layers;
  }

  @Override
  public Set<String> schemes() {
    return Set.of("oci-layout");
  }

  /** One layout as an operation names it. */
  private record Layout(Digest root, String storeId, SessionGroup sessions) {
    SessionContent content() {
      return new SessionContent(sessions, "oci:" + storeId);
    }

    /** Under which documents of this store are remembered. */
    String repository() {
      return "oci-layout:" + storeId;
    }
  }

  private static Layout layout(SourceRequest request, OperationContext context)
      throws SolveException {
    Map<String, String> attributes = request.attributes();
    String sessionId = attributes.getOrDefault("oci.session", "");
    SessionGroup sessions = context.sessions();
    if (!sessionId.isEmpty()) {
      SessionGroup all = sessions;
      sessions =
          () -> {
            List<Session> own =
                all.sessions().stream().filter(s -> s.id().equals(sessionId)).toList();
            return own.isEmpty() ? all.sessions() : own;
          };
    }
    return new Layout(
        digest(request.reference()), attributes.getOrDefault("oci.store", ""), sessions);
  }

  private static Digest digest(String reference) throws SolveException {
    int at = reference.indexOf('@');
    if (at < 0) {
      throw new SolveException(
          "oci-layout.digest",
          ErrorCategory.USER,
          "reference \"" + reference + "\" must have digest");
    }
    try {
      return Digest.parse(reference.substring(at + 1));
    } catch (IllegalArgumentException e) {
      throw new SolveException(
          "oci-layout.digest",
          ErrorCategory.USER,
          "invalid reference \"" + reference + "\": " + e.getMessage(),
          e);
    }
  }

  @Override
  public SourceInstance instance(SourceRequest request) throws SolveException {
    ImageAttributes attributes = ImageAttributes.ofLayout(request.attributes());
    digest(request.reference());
    return new ImageInstance(
        store,
        request,
        attributes,
        new ImageInstance.Layers() {
          @Override
          public ImageReader.PlatformImage read(OperationContext context)
              throws SolveException, IOException, InterruptedException {
            Layout layout = layout(request, context);
            return ImageReader.read(
                root(layout, request),
                request.platform(),
                d -> document(layout, d),
                LayerSources.ociLayout(layout.storeId));
          }

          @Override
          public LayerProvider layers(OperationContext context) throws SolveException {
            return layers.provider(
                layout(request, context).sessions, Optional.of(context.progress()));
          }
        });
  }

  @Override
  public SourceMetadata resolve(
      SourceRequest request, ResolveOptions options, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    Layout layout = layout(request, context);
    Descriptor root = root(layout, request);
    byte[] config =
        options.config()
            ? ImageReader.config(root, request.platform(), d -> document(layout, d))
            : new byte[0];
    return new SourceMetadata(
        request.identifier(), request.attributes(), new SourceMetadata.Image(layout.root, config));
  }

  private Descriptor root(Layout layout, SourceRequest request)
      throws SolveException, IOException, InterruptedException {
    Optional<DocumentCache.Document> seen = documents.get(layout.repository(), layout.root);
    if (seen.isPresent()) {
      return seen.get().descriptor();
    }
    if (layout.content().size(layout.root).isEmpty()) {
      throw new SolveException(
          "oci-layout.not-found",
          ErrorCategory.USER,
          "unable to get info about digest: " + layout.root + ": not found");
    }
    byte[] content = layout.content().read(layout.root, Repository.MAX_MANIFEST);
    String type =
        MediaTypes.ofManifest(content)
            .orElseThrow(() ->
                new SolveException(
                    "oci-layout.invalid",
                    ErrorCategory.USER,
                    "reference \""
                        + request.reference()
                        + "\" contains neither an index nor a manifest"));
    documents.put(layout.repository(), layout.root, type, content);
    return new Descriptor(
        type, new dev.gatehouse.llb.oci.Digest(layout.root.toString()), content.length);
  }

  private byte[] document(Layout layout, Descriptor descriptor)
      throws IOException, InterruptedException {
    Digest digest = Digest.parse(descriptor.digest().value());
    ContentStore content = store.content();
    if (content.contains(digest)) {
      return content.read(digest);
    }
    Optional<DocumentCache.Document> seen = documents.get(layout.repository(), digest);
    if (seen.isPresent()) {
      return seen.get().content();
    }
    byte[] bytes = layout.content().read(digest, Repository.MAX_MANIFEST);
    documents.put(layout.repository(), digest, descriptor.mediaType(), bytes);
    return bytes;
  }
}
