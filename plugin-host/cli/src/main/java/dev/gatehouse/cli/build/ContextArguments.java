package dev.gatehouse.cli.build;

import dev.gatehouse.cli.option.Arguments;
import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.client.BuildRequest;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * What is built: the context, the file that says how, and further contexts by name.
 *
 * <p>Standard input may be the context, as a tar archive in any usual compression, or the file.
 */
final class ContextArguments implements AutoCloseable {
  private static final Pattern REMOTE =
      Pattern.compile("https?://.*|git://.*|ssh://.*|git@.*|github\\.com/.*");
  private static final String FILE = "--file";
  private static final String STDIN = "-";
  private static final String DOCKERFILE = "Dockerfile";
  private static final int TAR_BLOCK = 512;

  private final CommandSpec spec;
  private final BufferedInputStream stdin;

  /** Where what came on standard input lies, with an empty folder beside it. */
  private @Nullable Path scratch;

  ContextArguments(CommandSpec spec, InputStream stdin) {
    this.spec = spec;
    this.stdin = new BufferedInputStream(stdin);
    spec.addOption(
            Options.value(
                "FILE",
                "Dockerfile (default: CONTEXT/Dockerfile); - reads it from standard input.",
                "-f",
                FILE))
        .addOption(
            Options.values(
                "NAME=SOURCE",
                "Further named context: a directory, URL, docker-image:// or oci-layout://.",
                "--build-context"));
    spec.addPositional(
        PositionalParamSpec.builder()
            .paramLabel("CONTEXT")
            .type(String.class)
            .arity("0..1")
            .description(
                "Directory or URL that is built; - reads a tar archive or a Dockerfile from standard"
                    + " input.")
            .build());
  }

  /** Adds it all to a request. */
  void addTo(BuildRequest.Builder request) throws UsageException, IOException {
    context(request);
    for (String named : Options.all(spec, "--build-context")) {
      Arguments.Pair pair = Arguments.pair("--build-context", named);
      namedContext(request, pair.name(), pair.value());
    }
  }

  private void context(BuildRequest.Builder request) throws UsageException, IOException {
    String context = spec.positionalParameters().get(0).getValue();
    String file = Options.get(spec, FILE);
    boolean bareFrontend = context == null && !Options.all(spec, "--local").isEmpty();
    if (bareFrontend) {
      filename(request, file);
      return;
    }
    String place = context == null ? "." : context;
    if (place.equals(STDIN)) {
      standardInput(request, file);
    } else if (REMOTE.matcher(place).matches()) {
      request.frontendOption("context", place);
      if (STDIN.equals(file)) {
        dockerfileFromInput(request);
      } else {
        filename(request, file);
      }
    } else {
      directory(request, directory("CONTEXT", place), file);
    }
  }

  private static void filename(BuildRequest.Builder request, @Nullable String file) {
    if (file != null) {
      request.frontendOption("filename", file);
    }
  }

  private void directory(BuildRequest.Builder request, Path directory, @Nullable String file)
      throws UsageException, IOException {
    request.localDirectory("context", directory);
    if (file == null) {
      request.localDirectory("dockerfile", directory);
      return;
    }
    if (file.equals(STDIN)) {
      dockerfileFromInput(request);
      return;
    }
    Path dockerfile = Path.of(file).toAbsolutePath().normalize();
    if (!Files.isRegularFile(dockerfile)) {
      Path inside = directory.resolve(file).normalize();
      throw new UsageException(
          "--file "
              + file
              + " is no file"
              + (Files.isRegularFile(inside) ? "; did you mean " + inside + "?" : ""));
    }
    Path parent = dockerfile.getParent();
    request.localDirectory("dockerfile", parent == null ? Path.of("/") : parent);
    request.frontendOption("filename", String.valueOf(dockerfile.getFileName()));
  }

  private void standardInput(BuildRequest.Builder request, @Nullable String file)
      throws UsageException, IOException {
    if (scratch == null && isArchive()) {
      if (STDIN.equals(file)) {
        throw new UsageException(
            "standard input is either the context or the Dockerfile, not both");
      }
      String id = UUID.randomUUID().toString();
      request.upload(id, () -> stdin);
      request.frontendOption("context", "http://buildkit-session/" + id);
      filename(request, file);
      return;
    }
    if (file != null && !file.equals(STDIN)) {
      throw new UsageException(
          "--file "
              + file
              + " needs a context to be in; what comes on standard input is no tar archive");
    }
    request.localDirectory("context", dockerfileFromInput(request).resolve("empty"));
  }

  /** Keeps what comes on standard input as a Dockerfile; it comes but once. */
  private Path dockerfileFromInput(BuildRequest.Builder request) throws IOException {
    Path folder = scratch;
    if (folder == null) {
      folder = Files.createTempDirectory("gatehouse-build");
      scratch = folder;
      Files.createDirectory(folder.resolve("empty"));
      Files.copy(stdin, folder.resolve(DOCKERFILE));
    }
    request.localDirectory("dockerfile", folder);
    request.frontendOption("filename", DOCKERFILE);
    request.frontendOption("dockerfilekey", "dockerfile");
    return folder;
  }

  /** Whether standard input begins as tar does, or as what tar files are compressed with. */
  private boolean isArchive() throws IOException {
    stdin.mark(TAR_BLOCK);
    byte[] head = stdin.readNBytes(TAR_BLOCK);
    stdin.reset();
    String magic = new String(head, StandardCharsets.ISO_8859_1);
    for (String compressed : List.of("\u001f\u008b", "BZh", "\u00fd7zXZ\0", "(\u00b5/\u00fd")) {
      if (magic.startsWith(compressed)) {
        return true;
      }
    }
    return head.length == TAR_BLOCK && hasTarChecksum(head);
  }

  /** A tar header holds the sum of its bytes, with its own eight bytes as spaces, in octal. */
  private static boolean hasTarChecksum(byte[] header) {
    int sum = 0;
    for (int i = 0; i < header.length; i++) {
      sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
    }
    String told = new String(header, 148, 8, StandardCharsets.ISO_8859_1).replace('\0', ' ').trim();
    return told.matches("[0-7]{1,7}") && Integer.parseInt(told, 8) == sum;
  }

  private static void namedContext(BuildRequest.Builder request, String name, String source)
      throws UsageException, IOException {
    if (source.startsWith("oci-layout://")) {
      LayoutName layout = LayoutName.parse(source);
      String store = "context-" + name.replaceAll("[^A-Za-z0-9]", "-");
      request.ociLayout(store, directory("--build-context", layout.directory()));
      request.frontendOption(
          "context:" + name, "oci-layout://" + store + "@" + layout.resolveDigest());
    } else if (source.contains("://") || REMOTE.matcher(source).matches()) {
      request.frontendOption("context:" + name, source);
    } else {
      String local = "context-" + name;
      request.localDirectory(local, directory("--build-context", source));
      request.frontendOption("context:" + name, "local:" + local);
    }
  }

  /** A directory that an option names. */
  static Path directory(String option, String text) throws UsageException {
    Path path = Path.of(text);
    if (!Files.isDirectory(path)) {
      throw new UsageException(
          option + ": " + text + (Files.exists(path) ? " is no directory" : " does not exist"));
    }
    return path.toAbsolutePath().normalize();
  }

  @Override
  public void close() throws IOException {
    if (scratch != null) {
      Files.deleteIfExists(scratch.resolve(DOCKERFILE));
      Files.deleteIfExists(scratch.resolve("empty"));
      Files.deleteIfExists(scratch);
      scratch = null;
    }
  }
}
