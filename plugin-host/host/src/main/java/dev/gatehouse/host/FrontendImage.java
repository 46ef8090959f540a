package dev.gatehouse.host;

import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.LocalSource;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.OciLayoutSource;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.source.ResolveOptions;
import dev.gatehouse.solver.worker.source.SourceMetadata;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A frontend that is an image, found: by its name, or where the build has a named context of that
 * name, in that context, which may be another image, an OCI layout, a folder of the client or an
 * input of the build.
 *
 * @param name what it is called in messages
 * @param digest of its manifest or index; empty for one that is not out of an image
 * @param config how it is started
 * @param definition loads its files
 */
record FrontendImage(String name, String digest, ContainerConfig config, Definition definition) {
  private static final String CONTEXT = "context:";
  private static final String IMAGE = "docker-image:";

  /** Looks for frontends on behalf of a build. */
  static final class Finder {
    private final HostedBuild build;
    private final FrontendRequest request;
    private final String source;

    Finder(HostedBuild build, FrontendRequest request, String source) {
      this.build = build;
      this.request = request;
      this.source = source;
    }

    FrontendImage find() throws FrontendException, InterruptedException {
      ImageName name = name(source);
      AllowedSources allowed = build.host().options().allowed();
      allowed.check(source, name);
      Optional<String> context = context(name);
      if (context.isEmpty()) {
        return image(name);
      }
      if (!context.get().startsWith(IMAGE)) {
        allowed.checkContext(source, context.get());
      }
      return load(context.get(), name);
    }

    private ImageName name(String text) throws FrontendException {
      try {
        return ImageName.parse(text);
      } catch (IllegalArgumentException e) {
        throw failure("frontend \"" + source + "\" is no image name: " + e.getMessage())
            .status(StatusCode.INVALID_ARGUMENT)
            .hint("the # syntax= line or the option source must name an image")
            .cause(e)
            .build();
      }
    }

    /** The named context that stands for the image; the one for this platform goes first. */
    private Optional<String> context(ImageName name) {
      String familiar = name.toString();
      for (String prefix : new String[] {"docker.io/library/", "docker.io/"}) {
        if (familiar.startsWith(prefix)) {
          familiar = familiar.substring(prefix.length());
          break;
        }
      }
      if (familiar.endsWith(":latest")) {
        familiar = familiar.substring(0, familiar.length() - ":latest".length());
      }
      Platform platform = build.workers().get(0).platforms().get(0);
      String exact =
          request.options().get(CONTEXT + familiar + "::" + platform.normalized().format());
      return Optional.ofNullable(exact != null ? exact : request.options().get(CONTEXT + familiar));
    }

    private FrontendImage load(String context, ImageName name)
        throws FrontendException, InterruptedException {
      int colon = context.indexOf(':');
      String rest = context.substring(colon + 1);
      String bare = rest.startsWith("//") ? rest.substring(2) : rest;
      switch (context.substring(0, Math.max(0, colon))) {
        case "docker-image":
          return image(name(bare));
        case "oci-layout":
          return layout(bare, name);
        case "input":
          return input(bare);
        case "local":
          return new FrontendImage(
              source,
              "",
              ContainerConfig.EMPTY,
              LocalSource.of(bare)
                  .session(build.sessionId())
                  .state()
                  .marshal(MarshalOptions.defaults()));
        default:
          throw failure("frontend " + source + " cannot come from the context " + context)
              .hint(
                  "the build must give "
                      + source
                      + " as docker-image:, oci-layout:, input: or local:")
              .build();
      }
    }

    private FrontendImage image(ImageName name) throws FrontendException, InterruptedException {
      AllowedSources allowed = build.host().options().allowed();
      allowed.check(source, name);
      KnownImages known = build.host().known();
      SourceMetadata.Image found;
      try {
        found = resolveImage(name);
        known.remember(name.toString(), found.digest().toString());
      } catch (FrontendException e) {
        Optional<String> digest =
            e.code().equals("registry.unreachable")
                ? known.find(name.toString())
                : Optional.empty();
        if (digest.isEmpty() || name.digest().isPresent()) {
          throw e;
        }
        found = resolveImage(name.withDigest(Digest.parse(digest.get())));
        warn(e.getMessage(), found.digest());
      }
      allowed.check(source, name, found.digest().toString());
      return new FrontendImage(
          name.toString(),
          found.digest().toString(),
          config(found.config()),
          ImageSource.of(name.withDigest(found.digest()).toString())
              .internal()
              .state()
              .marshal(MarshalOptions.defaults()));
    }

    private SourceMetadata.Image resolveImage(ImageName name)
        throws FrontendException, InterruptedException {
      return resolve(
          name.toString(),
          "docker-image://" + name,
          Map.of(),
          "resolve image config for docker-image://" + name);
    }

    private void warn(String why, Digest digest) {
      build
          .progress()
          .accept(
              new ProgressEvent.VertexWarning(
                  Digest.sha256(""),
                  1,
                  why + "; it is " + digest + " as in an earlier build",
                  List.of(),
                  "",
                  Optional.empty()));
    }

    private FrontendImage layout(String reference, ImageName name)
        throws FrontendException, InterruptedException {
      int at = reference.indexOf('@');
      String store = at < 0 ? reference : reference.substring(0, at);
      int tag = store.indexOf(':', store.lastIndexOf('/') + 1);
      String bare = tag < 0 ? store : store.substring(0, tag);
      ImageName stand;
      try {
        stand =
            new ImageName(name.domain(), name.path(), name.tag(), Optional.empty())
                .withDigest(Digest.parse(reference.substring(at + 1)));
      } catch (IllegalArgumentException e) {
        throw failure(
                "oci-layout reference \""
                    + reference
                    + "\" of frontend "
                    + source
                    + " has no digest")
            .hint("the build must name the image: oci-layout://" + bare + "@sha256:...")
            .cause(e)
            .build();
      }
      SourceMetadata.Image found =
          resolve(
              stand.toString(),
              "oci-layout://" + stand,
              Map.of("oci.session", build.sessionId(), "oci.store", bare),
              "resolve image config for oci-layout://" + reference);
      return new FrontendImage(
          source,
          found.digest().toString(),
          config(found.config()),
          OciLayoutSource.of(stand.toString())
              .store(build.sessionId(), bare)
              .state()
              .marshal(MarshalOptions.defaults()));
    }

    private FrontendImage input(String input) throws FrontendException {
      Definition definition = request.inputs().get(input);
      if (definition == null) {
        throw failure(
                "frontend " + source + " is to be the input " + input + ", which the build has not")
            .hint("who starts the build must hand over that input")
            .build();
      }
      byte[] config = null;
      String metadata = request.options().get("input-metadata:" + input);
      try {
        if (metadata != null
            && Json.parse(metadata) instanceof Map<?, ?> members
            && members.get("containerimage.config") instanceof String base64) {
          config = Base64.getDecoder().decode(base64);
        }
      } catch (IllegalArgumentException e) {
        throw failure("failed to parse input metadata " + metadata).cause(e).build();
      }
      return new FrontendImage(
          source, "", config == null ? ContainerConfig.EMPTY : config(config), definition);
    }

    private ContainerConfig config(byte[] json) throws FrontendException {
      try {
        return ImageConfig.parse(json).config();
      } catch (RuntimeException e) {
        throw failure(
                "the configuration of frontend image "
                    + source
                    + " cannot be read: "
                    + e.getMessage())
            .hint("its author must mend the image")
            .cause(e)
            .build();
      }
    }

    private SourceMetadata.Image resolve(
        String name, String identifier, Map<String, String> attributes, String logName)
        throws FrontendException, InterruptedException {
      try {
        SourceMetadata found =
            build
                .build()
                .resolve(identifier, attributes, Optional.empty(), ResolveOptions.DEFAULT, logName);
        if (found.details() instanceof SourceMetadata.Image image) {
          return image;
        }
        throw failure("frontend " + found.identifier() + " is no image")
            .hint("the source policy that made this of " + name + " must be changed")
            .build();
      } catch (SolveException e) {
        throw unresolved(name, e);
      } catch (IOException e) {
        throw Failures.of(e);
      }
    }

    private FrontendException unresolved(String name, SolveException e) {
      FrontendException failure = Failures.of(e, null);
      if (e.category() == ErrorCategory.CANCELLED) {
        return failure;
      }
      boolean absent = failure.status() == StatusCode.NOT_FOUND;
      String message = failure.getMessage();
      // The registry's failures begin with the name, which need not be said twice.
      String why = message.startsWith(name + ": ") ? message.substring(name.length() + 2) : message;
      return FrontendException.builder(failure.category(), "frontend image " + name + ": " + why)
          .status(failure.status())
          .code(failure.code())
          .hint(
              absent
                  ? "the # syntax= line or the option source must name another"
                  : failure.hint().orElse(""))
          .detail(new ErrorDetail.Frontend(FrontendHost.GATEWAY, source))
          .cause(failure)
          .build();
    }

    private FrontendException.Builder failure(String message) {
      return FrontendException.builder(Category.USER, message)
          .detail(new ErrorDetail.Frontend(FrontendHost.GATEWAY, source));
    }
  }
}
