package dev.gatehouse.frontend.kit;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.CopyOptions;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.GitSource;
import dev.gatehouse.llb.HttpSource;
import dev.gatehouse.llb.State;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the options say of the main context and of the file to convert.
 *
 * @param state the context; null if it is a folder of the client
 * @param dockerfile what holds the file to convert; null if it is a folder of the client
 * @param contextLocal the client's name of the context
 * @param dockerfileLocal the client's name of the folder that holds the file
 * @param filename the file to convert
 */
record MainContext(
    @Nullable State state,
    @Nullable State dockerfile,
    String contextLocal,
    String dockerfileLocal,
    String filename) {
  private static final String CONTEXT = "context";
  private static final String HTTP_FILE = "context";
  private static final int TAR_BLOCK = 512;

  static MainContext detect(BuildContext build) throws FrontendException, InterruptedException {
    FrontendOptions options = build.options();
    String filename = options.find("filename").orElse("Dockerfile");
    Optional<String> forced = options.find("dockerfilekey");
    String dockerfileLocal = forced.orElse("dockerfile");
    String name = options.option(options.find("contextkey").orElse(CONTEXT));
    State context = null;
    State dockerfile = null;
    Optional<State> git = git(name, options);
    if (git.isPresent()) {
      context = git.get();
      dockerfile = context;
    } else if (name.startsWith("http://") || name.startsWith("https://")) {
      State download =
          HttpSource.of(name)
              .filename(HTTP_FILE)
              .constraints(BuildContext.internal("load remote build context"))
              .state();
      if (isArchive(header(build, download))) {
        context =
            State.scratch()
                .file(
                    FileAction.copy(
                        download, "/" + HTTP_FILE, "/", CopyOptions.builder().unpack(true).build()),
                    Constraints.NONE);
      } else {
        filename = HTTP_FILE;
        context = download;
      }
      dockerfile = context;
    } else {
      Map<String, Definition> inputs = build.inputs();
      if (forced.isEmpty() && inputs.containsKey(dockerfileLocal)) {
        dockerfile = State.of(inputs.get(dockerfileLocal));
      }
      if (inputs.containsKey(CONTEXT)) {
        context = State.of(inputs.get(CONTEXT));
      }
    }
    if (forced.isPresent()) {
      dockerfile = null;
    }
    Optional<String> directory = options.find("contextsubdir");
    if (context != null && directory.isPresent()) {
      context =
          State.scratch()
              .file(
                  FileAction.copy(
                      context,
                      directory.get(),
                      "/",
                      CopyOptions.builder().directoryContentsOnly(true).build()),
                  Constraints.NONE);
    }
    return new MainContext(context, dockerfile, CONTEXT, dockerfileLocal, filename);
  }

  private static Optional<State> git(String name, FrontendOptions options)
      throws FrontendException {
    boolean keep =
        GoValues.parseBoolean(options.option("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR"))
            .orElse(false);
    boolean commitTime = !options.option("build-arg:SOURCE_DATE_EPOCH").isEmpty();
    return git(name, keep, commitTime);
  }

  /** The repository that a text names, if it names one. */
  static Optional<State> git(String text, boolean keepGitDirectory, boolean commitTime)
      throws FrontendException {
    Optional<GitReference> reference;
    try {
      reference = GitReference.parse(text);
    } catch (IllegalArgumentException e) {
      throw Failures.of(e);
    }
    return reference.map(git ->
        GitSource.of(git.remote())
            .ref(git.ref())
            .directory(git.directory())
            .checksum(git.checksum())
            .keepGitDirectory(keepGitDirectory || Boolean.TRUE.equals(git.keepGitDirectory()))
            .skipSubmodules(Boolean.FALSE.equals(git.submodules()))
            .mtime(git.mtime().isEmpty() && commitTime ? "commit" : git.mtime())
            .fetchByCommit(git.fetchByCommit())
            .constraints(BuildContext.internal("load git source " + text))
            .state());
  }

  private static byte[] header(BuildContext build, State download)
      throws FrontendException, InterruptedException {
    Reference reference;
    try {
      reference =
          build
              .gateway()
              .solve(SolveRequest.of(download.marshal(build.marshalOptions())))
              .singleReference();
    } catch (FrontendException e) {
      throw Failures.wrap("failed to resolve httpcontext", e);
    }
    try {
      return reference.readFile(HTTP_FILE, 0, 2 * TAR_BLOCK);
    } catch (FrontendException e) {
      throw Failures.wrap("failed to read downloaded context", e);
    }
  }

  /** Whether a file begins as bzip2, gzip, xz or tar files do. */
  static boolean isArchive(byte[] header) {
    return startsWith(header, 0x42, 0x5a, 0x68)
        || startsWith(header, 0x1f, 0x8b, 0x08)
        || startsWith(header, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)
        || isTar(header);
  }

  private static boolean startsWith(byte[] header, int... magic) {
    if (header.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if ((header[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * A tar header is known by its checksum: the sum of its bytes, with blanks in the checksum's
   * place.
   */
  private static boolean isTar(byte[] header) {
    if (header.length < TAR_BLOCK) {
      return false;
    }
    byte[] field = Arrays.copyOfRange(header, 148, 156);
    String digits = new String(field, StandardCharsets.ISO_8859_1).replace('\0', ' ').strip();
    if (digits.isEmpty() || !digits.matches("[0-7]+")) {
      return false;
    }
    long expected = Long.parseLong(digits, 8);
    long sum = 0;
    for (int i = 0; i < TAR_BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
    }
    return sum == expected;
  }
}
