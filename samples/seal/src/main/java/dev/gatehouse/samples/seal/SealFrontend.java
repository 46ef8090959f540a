package dev.gatehouse.samples.seal;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.kit.BuildContext;
import dev.gatehouse.frontend.kit.Failures;
import dev.gatehouse.frontend.kit.FrontendOptions;
import dev.gatehouse.frontend.kit.SourceFile;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Lets another frontend build and seals what comes out.
 *
 * <pre>
 * build  dockerfile.v0 Dockerfile    who builds from which file: a name, or an image's reference
 * give   revision 7f3a               a file for the build, besides those of the context
 * remove /var/cache/apk              what the image does not show (the layers below still hold it)
 * label  org.example.sealed yes
 * user   65534
 * </pre>
 */
public final class SealFrontend implements Frontend {
  private static final String CONFIG = "containerimage.config";

  /** Options that are about this frontend and not about the build. */
  private static final List<String> OWN = List.of("cmdline", "source", "filename", "frontend.caps");

  @Override
  public Result build(GatewayClient gateway) throws FrontendException, InterruptedException {
    FrontendOptions options = FrontendOptions.read(gateway.options());
    BuildContext context = BuildContext.of(gateway, options);
    SourceFile file = context.readEntrypoint("Seal");
    Sealfile sealfile = Sealfile.parse(file.map());

    Result built;
    try {
      built = gateway.solve(request(sealfile, options, context));
    } catch (FrontendException e) {
      throw Failures.wrap(sealfile.frontend() + " failed", e).toBuilder()
          .source(file.map(), List.of(sealfile.place()))
          .build();
    }

    // Whatever else the other frontend says of its result stays as it is.
    Result.Builder sealed = built.toBuilder();
    Constraints constraints =
        Constraints.builder()
            .name("seal " + file.map().filename())
            .location(file.map(), List.of(sealfile.place()))
            .build();
    if (built.references().isEmpty()) {
      sealed.reference(seal(gateway, sealfile, built.reference(), constraints));
      sealed.metadata(CONFIG, seal(sealfile, built, CONFIG, Platform.host()));
    }
    for (Map.Entry<String, Optional<Reference>> platform : built.references().entrySet()) {
      String key = CONFIG + "/" + platform.getKey();
      sealed.reference(
          platform.getKey(), seal(gateway, sealfile, platform.getValue(), constraints));
      sealed.metadata(key, seal(sealfile, built, key, Platform.parse(platform.getKey())));
    }
    return sealed.build();
  }

  /** What the other frontend is asked to do. */
  private static SolveRequest request(
      Sealfile sealfile, FrontendOptions options, BuildContext context)
      throws FrontendException, InterruptedException {
    SolveRequest.Builder request = SolveRequest.builder();
    options
        .all()
        .forEach((name, value) -> {
          if (!OWN.contains(name)) {
            request.frontendOption(name, value);
          }
        });
    request.frontendOption("filename", sealfile.filename());
    if (sealfile.frontend().contains("/") || sealfile.frontend().contains(":")) {
      request.frontend("gateway.v0").frontendOption("source", sealfile.frontend());
    } else {
      request.frontend(sealfile.frontend());
    }
    if (!sealfile.given().isEmpty()) {
      State files = context.mainContext(List.of());
      for (Map.Entry<String, String> given : sealfile.given().entrySet()) {
        byte[] text = given.getValue().getBytes(StandardCharsets.UTF_8);
        files =
            files.file(
                FileAction.mkfile("/" + given.getKey(), 0644, text, FileOptions.NONE),
                Constraints.builder().name("give " + given.getKey()).build());
      }
      request.frontendInput("context", files.marshal(MarshalOptions.defaults()));
    }
    return request.build();
  }

  /** The files of one platform: those that were built, without what is to go. */
  private static Optional<Reference> seal(
      GatewayClient gateway, Sealfile sealfile, Optional<Reference> files, Constraints constraints)
      throws FrontendException, InterruptedException {
    if (files.isEmpty() || sealfile.removals().isEmpty()) {
      return files;
    }
    FileAction removal = FileAction.rm(sealfile.removals().get(0), true, true);
    for (String path : sealfile.removals().subList(1, sealfile.removals().size())) {
      removal = removal.andRm(path, true, true);
    }
    State sealed = files.get().toState().file(removal, constraints);
    return gateway.solve(SolveRequest.of(sealed.marshal(MarshalOptions.defaults()))).reference();
  }

  /** The config of one platform. */
  private static byte[] seal(Sealfile sealfile, Result built, String key, Platform platform)
      throws FrontendException {
    byte[] json = built.metadata().get(key);
    ImageConfig image;
    try {
      image = json == null ? ImageConfig.empty(platform) : ImageConfig.parse(json);
    } catch (IllegalArgumentException e) {
      throw Failures.of("the image config of " + sealfile.frontend(), e);
    }
    ContainerConfig.Builder config = image.config().toBuilder();
    sealfile.labels().forEach(config::label);
    sealfile.user().ifPresent(config::user);
    return image.withConfig(config.build()).toBytes();
  }
}
