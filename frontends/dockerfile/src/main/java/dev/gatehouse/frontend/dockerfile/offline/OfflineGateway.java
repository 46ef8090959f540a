package dev.gatehouse.frontend.dockerfile.offline;

import dev.gatehouse.frontend.BuildOptions;
import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.SourceMetadata;
import dev.gatehouse.frontend.SourceRequest;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.frontend.WorkerInfo;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbCapabilities;
import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.llb.oci.Platform;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A build that is none: every definition is solved to the same folder in memory, images come from
 * {@link OfflineImages}, and a frontend that a file names is another run of the one given.
 *
 * <p>What the frontend asks for is kept, to be looked at when it is done. Safe for use by several
 * threads.
 */
public final class OfflineGateway implements GatewayClient {
  /** A lookup of an image. */
  public record Lookup(String reference, ImageResolveOptions options, String digest) {}

  /**
   * A request to solve something.
   *
   * @param depth how many frontends deep it was made
   * @param reads files that were read of it, in order; absent ones with {@code (absent)} behind
   *     their names
   */
  public record Solved(SolveRequest request, int depth, List<String> reads) {}

  private static final CapabilitySet CAPABILITIES = CapabilitySet.ofIds(LlbCapabilities.all());

  private final BuildOptions options;
  private final Map<String, byte[]> files;
  private final OfflineImages images;
  private final Supplier<Frontend> frontend;
  private final int depth;
  private final List<Lookup> lookups;
  private final List<Solved> solved;
  private final List<Warning> warnings;

  /**
   * A gateway of a build.
   *
   * @param options options of the frontend
   * @param session the session that local sources name
   * @param product what the daemon calls itself
   * @param files what every definition contains, by path
   * @param frontend runs in place of the image of any frontend that is named
   */
  public OfflineGateway(
      Map<String, String> options,
      String session,
      String product,
      Map<String, byte[]> files,
      OfflineImages images,
      Supplier<Frontend> frontend) {
    this(
        new BuildOptions(
            options,
            session,
            product,
            List.of(
                new WorkerInfo(
                    "offline", Map.of(), List.of(Platform.LINUX_AMD64, Platform.LINUX_ARM64))),
            CAPABILITIES,
            GatewayCapabilities.all()),
        files,
        images,
        frontend,
        0,
        Collections.synchronizedList(new ArrayList<>()),
        Collections.synchronizedList(new ArrayList<>()),
        Collections.synchronizedList(new ArrayList<>()));
  }

  private OfflineGateway(
      BuildOptions options,
      Map<String, byte[]> files,
      OfflineImages images,
      Supplier<Frontend> frontend,
      int depth,
      List<Lookup> lookups,
      List<Solved> solved,
      List<Warning> warnings) {
    this.options = options;
    this.files = new TreeMap<>(files);
    this.images = images;
    this.frontend = frontend;
    this.depth = depth;
    this.lookups = lookups;
    this.solved = solved;
    this.warnings = warnings;
  }

  /** Images that were looked up. */
  public List<Lookup> lookups() {
    return List.copyOf(lookups);
  }

  /** What was solved, in order. */
  public List<Solved> solved() {
    return List.copyOf(solved);
  }

  /** Warnings, in order. */
  public List<Warning> warnings() {
    return List.copyOf(warnings);
  }

  @Override
  public BuildOptions options() {
    return options;
  }

  @Override
  public Result solve(SolveRequest request) throws FrontendException, InterruptedException {
    Solved entry = new Solved(request, depth, Collections.synchronizedList(new ArrayList<>()));
    solved.add(entry);
    if (!request.frontend().isEmpty()) {
      if (depth > 1) {
        throw FrontendException.user("frontends name each other without end");
      }
      return frontend
          .get()
          .build(
              new OfflineGateway(
                  new BuildOptions(
                      request.frontendOptions(),
                      options.sessionId(),
                      options.product(),
                      options.workers(),
                      options.llbCapabilities(),
                      options.gatewayCapabilities()),
                  files,
                  images,
                  frontend,
                  depth + 1,
                  lookups,
                  solved,
                  warnings));
    }
    Definition definition = request.definition().orElse(Definition.SCRATCH);
    return definition.isScratch()
        ? Result.empty()
        : Result.of(new OfflineReference(definition, entry.reads()));
  }

  @Override
  public ResolvedImage resolveImageConfig(String reference, ImageResolveOptions resolve)
      throws FrontendException {
    ResolvedImage image = images.resolve(reference, resolve);
    lookups.add(new Lookup(reference, resolve, image.digest()));
    return image;
  }

  @Override
  public SourceMetadata resolveSourceMetadata(SourceRequest request) throws FrontendException {
    throw unavailable("facts of the source " + request.identifier());
  }

  @Override
  public Container newContainer(ContainerRequest request) throws FrontendException {
    throw unavailable("a container");
  }

  private static FrontendException unavailable(String what) {
    return FrontendException.builder(
            FrontendException.Category.ENVIRONMENT,
            "conversion without a daemon cannot provide " + what)
        .status(StatusCode.UNIMPLEMENTED)
        .build();
  }

  @Override
  public Map<String, Definition> inputs() {
    return Map.of();
  }

  @Override
  public void warn(Warning warning) {
    warnings.add(warning);
  }

  /** The folder that every definition is solved to. */
  private final class OfflineReference implements Reference {
    private final Definition definition;
    private final List<String> reads;

    OfflineReference(Definition definition, List<String> reads) {
      this.definition = definition;
      this.reads = reads;
    }

    @Override
    public Definition definition() {
      return definition;
    }

    @Override
    public void evaluate() {}

    private byte[] find(String path) throws FrontendException {
      String name = SlashPath.join("/", path).substring(1);
      byte[] content = files.get(name);
      reads.add(content == null ? name + " (absent)" : name);
      if (content == null) {
        throw FrontendException.builder(
                FrontendException.Category.USER, "open " + path + ": no such file or directory")
            .status(StatusCode.NOT_FOUND)
            .build();
      }
      return content;
    }

    @Override
    public byte[] readFile(String path) throws FrontendException {
      return find(path).clone();
    }

    @Override
    public byte[] readFile(String path, long offset, long length) throws FrontendException {
      byte[] content = find(path);
      int from = (int) Math.min(content.length, offset);
      return Arrays.copyOfRange(content, from, (int) Math.min(content.length, from + length));
    }

    @Override
    public List<FileStat> readDir(String path, Optional<String> includePattern) {
      List<FileStat> found = new ArrayList<>();
      files.forEach((name, content) -> found.add(stat(name, content)));
      return found;
    }

    @Override
    public FileStat statFile(String path) throws FrontendException {
      return stat(SlashPath.base(path), find(path));
    }

    private FileStat stat(String name, byte[] content) {
      return FileStat.of(name, 0644, 0, 0, content.length, 0);
    }
  }
}
