package dev.gatehouse.frontend.dockerfile;

import dev.gatehouse.frontend.Attestation;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.dockerfile.instruction.Csv;
import dev.gatehouse.frontend.dockerfile.lower.Conversion;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.kit.Failures;
import dev.gatehouse.frontend.kit.FrontendOptions;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.Mount;
import dev.gatehouse.llb.RunBuilder;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.ImageReference;
import dev.gatehouse.llb.oci.Platform;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Lists what the files of a build consist of, with the scanner image that {@code attest:sbom}
 * names.
 *
 * <p>The scanner is run as BuildKit's scanner protocol says (BuildKit's {@code
 * docs/attestations/sbom-protocol.md}): the files to scan are mounted below {@code /run/src/core},
 * further ones that the file asks for below {@code /run/src/extras}, and what it writes to {@code
 * /run/out} is a bundle of in-toto statements.
 */
final class SbomScanner {
  private static final String DEFAULT_IMAGE = "docker/buildkit-syft-scanner:stable-1";
  private static final String CORE = "sbom";
  private static final String CORE_FOLDER = "/run/src/core/" + CORE;
  private static final String EXTRAS_FOLDER = "/run/src/extras/";
  private static final String OUTPUT_FOLDER = "/run/out/";
  private static final String PREDICATE_TYPE = "https://spdx.dev/Document";

  private final GatewayClient gateway;
  private final String image;
  private final ImageConfig config;
  private final Platform platform;
  private final Map<String, String> parameters;

  private SbomScanner(
      GatewayClient gateway,
      String image,
      ImageConfig config,
      Platform platform,
      Map<String, String> parameters) {
    this.gateway = gateway;
    this.image = image;
    this.config = config;
    this.platform = platform;
    this.parameters = parameters;
  }

  /** The scanner that the build asks for; its image is looked up. */
  static Optional<SbomScanner> find(GatewayClient gateway, FrontendOptions options)
      throws FrontendException, InterruptedException {
    Optional<String> wish = wish(options);
    if (wish.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> parameters = parameters(wish.get());
    String generator = parameters.getOrDefault("generator", DEFAULT_IMAGE);
    parameters.remove("generator");
    String name;
    try {
      name = ImageReference.parse(generator).withDefaultTag().toString();
    } catch (IllegalArgumentException e) {
      throw Failures.of("failed to parse sbom scanner " + generator, e);
    }
    Platform platform = options.buildPlatforms().get(0);
    ResolvedImage resolved =
        gateway.resolveImageConfig(
            name,
            new ImageResolveOptions(platform, options.resolveMode().id(), "", null, List.of()));
    ImageConfig config;
    try {
      config = ImageConfig.parse(resolved.config());
    } catch (IllegalArgumentException e) {
      throw Failures.of("config of " + name, e);
    }
    if (config.config().entrypoint().isEmpty() && config.config().cmd().isEmpty()) {
      throw FrontendException.builder(
              FrontendException.Category.USER,
              "scanner " + resolved.reference() + " does not have cmd")
          .hint("--attest type=sbom,generator=IMAGE takes an image that is made to be a scanner")
          .build();
    }
    return Optional.of(
        new SbomScanner(gateway, resolved.reference(), config, platform, parameters));
  }

  private static Optional<String> wish(FrontendOptions options) {
    for (Map.Entry<String, String> option : options.all().entrySet()) {
      switch (option.getKey().toLowerCase(Locale.ROOT)) {
        case "attest:sbom", "build-arg:buildkit_attest_sbom" -> {
          return Optional.of(option.getValue());
        }
        default -> {}
      }
    }
    return Optional.empty();
  }

  private static Map<String, String> parameters(String wish) throws FrontendException {
    Map<String, String> parameters = new LinkedHashMap<>();
    if (wish.isEmpty()) {
      return parameters;
    }
    try {
      for (String field : Csv.fields(wish, "sbom")) {
        int equals = field.indexOf('=');
        parameters.put(
            equals < 0 ? field : field.substring(0, equals),
            equals < 0 ? "" : field.substring(equals + 1));
      }
    } catch (DockerfileException e) {
      throw FrontendException.builder(
              FrontendException.Category.USER, "failed to parse sbom: " + e.getMessage())
          .hint(e.hint().orElse(""))
          .cause(e)
          .build();
    }
    return parameters;
  }

  /**
   * Has a platform's files scanned.
   *
   * @param id the platform, as the result names it
   */
  Attestation scan(String id, Conversion.Converted converted)
      throws FrontendException, InterruptedException {
    Conversion.Scan scan = converted.scan();
    Constraints.Builder constraints =
        Constraints.builder().name("[" + id + "] generating sbom using " + image);
    if (scan.ignoreCache()) {
      constraints.ignoreCache();
    }
    State scanner =
        ImageSource.of(image).constraints(Constraints.builder().platform(platform).build()).state();
    List<String> args = new ArrayList<>(config.config().entrypoint());
    args.addAll(config.config().cmd());
    RunBuilder run =
        scanner
            .run()
            .args(args)
            .with(state -> environment(state, scan).directory(config.config().workingDir()))
            .mount(temporary(scanner))
            .mount(Mount.bind(CORE_FOLDER, converted.state()).asReadOnly())
            .mount(Mount.bind(OUTPUT_FOLDER, State.scratch()))
            .constraints(constraints.build());
    scan.extras()
        .forEach((name, files) ->
            run.mount(Mount.bind(EXTRAS_FOLDER + CORE + "-" + name, files).asReadOnly()));
    Result solved =
        gateway.solve(
            SolveRequest.of(run.build().mount(OUTPUT_FOLDER).marshal(MarshalOptions.defaults())));
    Reference found = solved.singleReference();
    return new Attestation(
        Attestation.Kind.BUNDLE,
        Map.of("reason", utf8("sbom"), "sbom-core", utf8(CORE)),
        found,
        "",
        PREDICATE_TYPE,
        List.of());
  }

  private State environment(State state, Conversion.Scan scan) {
    State with = state;
    for (String variable : config.config().env()) {
      int equals = variable.indexOf('=');
      with =
          with.env(
              equals < 0 ? variable : variable.substring(0, equals),
              equals < 0 ? "" : variable.substring(equals + 1));
    }
    with =
        with.env("BUILDKIT_SCAN_DESTINATION", OUTPUT_FOLDER)
            .env("BUILDKIT_SCAN_SOURCE", CORE_FOLDER);
    if (!scan.extras().isEmpty()) {
      with = with.env("BUILDKIT_SCAN_SOURCE_EXTRAS", "/run/src/extras");
    }
    for (Map.Entry<String, String> parameter : parameters.entrySet()) {
      with = with.env("BUILDKIT_SCAN_" + parameter.getKey(), parameter.getValue());
    }
    return with;
  }

  private Mount temporary(State scanner) {
    if (!platform.os().equals("windows")) {
      return Mount.tmpfs("/tmp", 0);
    }
    State folder =
        scanner.file(FileAction.mkdir("/tmp", 0777, true, FileOptions.NONE), Constraints.NONE);
    return Mount.bind("/tmp", folder).from("/tmp").withoutOutput();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
