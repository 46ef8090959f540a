package dev.gatehouse.solver.worker.source.image;

import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.ContentStore;
import dev.gatehouse.solver.store.LayerProvider;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.worker.image.DocumentCache;
import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.image.ImageReader;
import dev.gatehouse.solver.worker.image.ImageStore;
import dev.gatehouse.solver.worker.image.MediaTypes;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.registry.Registries;
import dev.gatehouse.solver.worker.registry.RegistryException;
import dev.gatehouse.solver.worker.registry.Repository;
import dev.gatehouse.solver.worker.session.SessionGroup;
import dev.gatehouse.solver.worker.source.ResolveOptions;
import dev.gatehouse.solver.worker.source.SourceInstance;
import dev.gatehouse.solver.worker.source.SourceMetadata;
import dev.gatehouse.solver.worker.source.SourceRequest;
import dev.gatehouse.solver.worker.source.SourceResolver;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/**
 * Images of registries, {@code docker-image://docker.io/library/alpine:3}.
 *
 * <p>Resolving reads manifests and the configuration, never a layer. A name with a digest that was
 * resolved before needs no registry. In the mode {@code local} the worker's own images come first;
 * in the default mode they serve where the registry fails; in the mode {@code pull} they do not
 * count.
 */
public final class ImageSource implements SourceResolver {
  private final Store store;
  private final Registries registries;
  private final ImageStore images;
  private final DocumentCache documents;
  private final LayerSources layers;

  public ImageSource(Store store, Registries registries, ImageStore images) {
    this.store = store;
    this.registries = registries;
    this.images = images;
    this.documents = new DocumentCache(store.database());
    this.layers = new LayerSources(registries);
  }

  @Override
  public Set<String> schemes() {
    return Set.of("docker-image");
  }

  @Override
  public SourceInstance instance(SourceRequest request) throws SolveException {
    ImageAttributes attributes = ImageAttributes.ofImage(request.attributes());
    ImageName name = name(request.reference());
    return new ImageInstance(
        store,
        request,
        attributes,
        new ImageInstance.Layers() {
          @Override
          public ImageReader.PlatformImage read(OperationContext context)
              throws SolveException, IOException, InterruptedException {
            Origin origin =
                resolve(name, attributes.mode(), context.sessions(), context.progress());
            return ImageReader.read(
                origin.root, request.platform(), d -> document(origin, d), name.repository());
          }

          @Override
          public LayerProvider layers(OperationContext context) {
            return layers.provider(context.sessions(), Optional.of(context.progress()));
          }
        });
  }

  @Override
  public SourceMetadata resolve(
      SourceRequest request, ResolveOptions options, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    ImageAttributes attributes = ImageAttributes.ofImage(request.attributes());
    ImageAttributes.Mode mode =
        options.mode().isEmpty() ? attributes.mode() : ImageAttributes.Mode.parse(options.mode());
    ImageName name = name(request.reference());
    Origin origin = resolve(name, mode, context.sessions(), context.progress());
    byte[] config =
        options.config()
            ? ImageReader.config(origin.root, request.platform(), d -> document(origin, d))
            : new byte[0];
    return new SourceMetadata(
        request.identifier(),
        request.attributes(),
        new SourceMetadata.Image(Digest.parse(origin.root.digest().value()), config));
  }

  /** Where an image's documents are to be had. */
  private record Origin(ImageName name, Descriptor root, Repository repository) {}

  private Origin resolve(
      ImageName name, ImageAttributes.Mode mode, SessionGroup sessions, VertexProgress progress)
      throws SolveException, IOException, InterruptedException {
    Repository repository = registries.repository(name, sessions);
    try (VertexProgress.Part part = progress.part("resolve " + name)) {
      if (mode == ImageAttributes.Mode.PREFER_LOCAL) {
        Optional<Descriptor> local = images.get(name.toString());
        if (local.isPresent()) {
          return new Origin(name, local.get(), repository);
        }
      }
      if (name.digest().isPresent()) {
        Optional<DocumentCache.Document> seen =
            documents.get(name.repository(), name.digest().get());
        if (seen.isPresent()) {
          return new Origin(name, seen.get().descriptor(), repository);
        }
      }
      try {
        return new Origin(name, repository.resolve(), repository);
      } catch (IOException e) {
        if (mode == ImageAttributes.Mode.DEFAULT) {
          Optional<Descriptor> local = images.get(name.toString());
          if (local.isPresent()) {
            return new Origin(name, local.get(), repository);
          }
        }
        throw failure(name, e);
      }
    }
  }

  /** A manifest or configuration: from here if it is known, else from the registry. */
  private byte[] document(Origin origin, Descriptor descriptor)
      throws IOException, InterruptedException {
    Digest digest = Digest.parse(descriptor.digest().value());
    String repository = origin.name.repository();
    Optional<DocumentCache.Document> seen = documents.get(repository, digest);
    if (seen.isPresent()) {
      return seen.get().content();
    }
    ContentStore content = store.content();
    byte[] bytes;
    if (content.contains(digest)) {
      bytes = content.read(digest);
    } else if (MediaTypes.isManifest(descriptor.mediaType())) {
      bytes = origin.repository.manifest(digest).content();
    } else {
      bytes = origin.repository.blob(digest, descriptor.size());
    }
    documents.put(repository, digest, descriptor.mediaType(), bytes);
    return bytes;
  }

  /** A registry's refusal is the user's matter; a registry out of reach is not. */
  private static SolveException failure(ImageName name, IOException e) {
    if (e instanceof RegistryException r) {
      ErrorCategory category =
          switch (r.reason()) {
            case NOT_FOUND, UNAUTHORIZED -> ErrorCategory.USER;
            case INVALID, STATUS -> ErrorCategory.ENVIRONMENT;
          };
      String code =
          switch (r.reason()) {
            case NOT_FOUND -> "image.not-found";
            case UNAUTHORIZED -> "image.unauthorized";
            case INVALID -> "registry.invalid";
            case STATUS -> "registry.status";
          };
      return new SolveException(code, category, String.valueOf(e.getMessage()), e);
    }
    String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new SolveException(
        "registry.unreachable",
        ErrorCategory.ENVIRONMENT,
        name + ": failed to do request: " + why,
        e);
  }

  private static ImageName name(String reference) throws SolveException {
    try {
      return ImageName.parse(reference);
    } catch (IllegalArgumentException e) {
      throw new SolveException("image.name", ErrorCategory.USER, String.valueOf(e.getMessage()), e);
    }
  }
}
