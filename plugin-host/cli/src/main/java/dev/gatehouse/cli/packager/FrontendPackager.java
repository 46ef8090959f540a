package dev.gatehouse.cli.packager;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendMain;
import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Makes the image of a frontend: two layers, the Java runtime (the same for all frontends that need
 * the same modules) and the frontend with its class archive.
 *
 * <p>The frontend comes as the plugin zip, or as jars. It is run on a sample folder to see that it
 * works and to learn the classes it loads. The image starts with {@link FrontendMain}.
 */
public final class FrontendPackager {
  private static final String APPLICATION = "frontend";

  /** What the person who packages is told. */
  @FunctionalInterface
  public interface Log {
    void say(String line);
  }

  /**
   * What to package.
   *
   * @param frontend a plugin zip, or jars with the frontend and its libraries
   * @param name the image's reference, such as {@code words:1}
   * @param jdk the JDK whose runtime goes into the image
   * @param sample a folder to run the frontend on; without one it runs on an empty folder
   * @param options frontend options for that run
   * @param classes the list of classes to load ahead of time: used if the file exists, else
   *     written; with the same list the same frontend gives the same image
   * @param classArchive whether classes are loaded ahead of time; without it the image is made
   *     sooner and starts later
   * @param labels labels of the image besides those that BuildKit reads
   */
  public record Request(
      List<Path> frontend,
      String name,
      Path jdk,
      Optional<Path> sample,
      Map<String, String> options,
      Optional<Path> classes,
      boolean classArchive,
      Map<String, String> labels) {
    public Request {
      frontend = List.copyOf(frontend);
      options = Map.copyOf(options);
      labels = Map.copyOf(labels);
      if (frontend.isEmpty()) {
        throw new IllegalArgumentException("no frontend to package");
      }
    }
  }

  /**
   * What came out.
   *
   * @param manifest the image's manifest
   * @param layers the sizes of its layers as they travel, in bytes
   */
  public record Outcome(Descriptor manifest, List<Long> layers) {
    /** The size of all layers together, in bytes. */
    public long compressedSize() {
      return layers.stream().mapToLong(Long::longValue).sum();
    }
  }

  private final Log log;

  public FrontendPackager(Log log) {
    this.log = log;
  }

  /**
   * Writes the image as an OCI layout.
   *
   * @param layout a folder that does not exist or is empty; an OCI layout is replaced
   * @throws PackagingException if the frontend is none, or the JDK is not fit
   */
  public Outcome write(Request request, Path layout)
      throws IOException, PackagingException, InterruptedException {
    if (Files.isRegularFile(layout.resolve("oci-layout"))) {
      for (String part : List.of("blobs", "index.json", "oci-layout")) {
        JavaRuntime.deleteTree(layout.resolve(part));
      }
    }
    if (Files.exists(layout)) {
      try (Stream<Path> content = Files.list(layout)) {
        if (content.findAny().isPresent()) {
          throw new PackagingException(layout + " is not empty");
        }
      }
    }
    JavaRuntime runtime = new JavaRuntime(request.jdk());
    log.say("Java runtime " + runtime.version());
    try (WorkFolder folder = workFolder(request.frontend())) {
      Path work = folder.path();
      Path base = Files.createDirectories(work.resolve("base"));
      Path top = Files.createDirectories(work.resolve("top"));
      Path application = Files.createDirectories(top.resolve(APPLICATION));
      List<Path> own = jars(request.frontend(), Files.createDirectories(work.resolve("unpacked")));
      List<Path> all = new ArrayList<>(own);
      all.addAll(SdkJars.find());
      Path jar = application.resolve("frontend.jar");
      MergedJar.write(all, jar);

      Path ownJar = work.resolve("own.jar");
      MergedJar.write(own, ownJar);
      Set<String> modules = runtime.modules(ownJar);
      log.say("modules " + String.join(", ", modules));
      runtime.link(base, modules);
      runtime.copyLibraries(base);
      Files.createDirectories(base.resolve("tmp"));
      Files.createDirectories(base.resolve("etc"));
      Files.writeString(base.resolve("etc/passwd"), "root:x:0:0:root:/:/sbin/nologin\n");
      settle(base);
      settle(top);

      Path java = base.resolve(JavaRuntime.HOME).resolve("bin/java");
      List<String> arguments = MergedJar.onlyService(jar, Frontend.class).stream().toList();
      List<Path> loaded = train(request, new FrontendTraining(java, jar, arguments), work);
      if (request.classArchive()) {
        archive(request, java, top, jar, loaded, work);
      }
      settle(top);
      return image(request, base, top, arguments, layout);
    }
  }

  /**
   * A folder whose name follows from the frontend: class archives hold the paths that they were
   * dumped from, so equal input needs equal paths.
   */
  private WorkFolder workFolder(List<Path> frontend)
      throws IOException, PackagingException, InterruptedException {
    StringBuilder digests = new StringBuilder();
    for (Path file : frontend) {
      if (!Files.isRegularFile(file)) {
        throw new PackagingException("there is no file " + file);
      }
      digests.append(Digest.sha256(Files.readAllBytes(file)).hex());
    }
    Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
    String user = System.getProperty("user.name").replaceAll("[^A-Za-z0-9_.-]", "_");
    return WorkFolder.open(
        temporary.resolve(
            "gatehouse-package-" + Digest.sha256(digests.toString()).hex().substring(0, 16)),
        temporary.resolve("gatehouse-package-" + user + ".lock"),
        () -> log.say("waiting for another run that packages a frontend"));
  }

  private static Path classes(Request request, Path work) {
    return request.classes().orElse(work.resolve("classes")).toAbsolutePath();
  }

  /**
   * Runs the frontend on the sample, several times if that is to tell which classes it loads.
   *
   * @return what each run loaded
   */
  private static List<Path> train(Request request, FrontendTraining training, Path work)
      throws IOException, PackagingException, InterruptedException {
    Path context = request.sample().orElse(Files.createDirectories(work.resolve("empty")));
    boolean learn = request.classArchive() && !Files.exists(classes(request, work));
    List<Path> lists = new ArrayList<>();
    for (int i = 0; i < (learn ? 3 : 1); i++) {
      Path list = work.resolve("loaded" + i);
      Optional<String> failure = training.run(context, request.options(), list);
      if (failure.isPresent() && request.sample().isPresent()) {
        throw new PackagingException(
            "the frontend fails on the sample %s: %s".formatted(context, failure.get()));
      }
      lists.add(list);
    }
    return lists;
  }

  private void archive(
      Request request, Path java, Path root, Path jar, List<Path> loaded, Path work)
      throws IOException, PackagingException, InterruptedException {
    Path classes = classes(request, work);
    if (!Files.exists(classes)) {
      ClassArchive.merge(loaded, classes);
    }
    Path archive = jar.resolveSibling("frontend.jsa");
    ClassArchive.dump(java, root, jar, classes, archive);
    log.say("class archive of %.1f MB".formatted(Files.size(archive) / 1e6));
  }

  private Outcome image(Request request, Path base, Path top, List<String> arguments, Path layout)
      throws IOException {
    ImageLayout image = new ImageLayout(layout);
    image.addLayer(base, "Java runtime");
    image.addLayer(top, "frontend");
    List<String> entrypoint = new ArrayList<>(List.of("/" + JavaRuntime.HOME + "/bin/java"));
    entrypoint.addAll(ClassArchive.FLAGS);
    if (request.classArchive()) {
      entrypoint.addAll(
          List.of("-Xshare:auto", "-XX:SharedArchiveFile=/" + APPLICATION + "/frontend.jsa"));
    }
    entrypoint.addAll(
        List.of("-cp", "/" + APPLICATION + "/frontend.jar", FrontendMain.class.getName()));
    entrypoint.addAll(arguments);
    ContainerConfig.Builder config =
        ContainerConfig.EMPTY.toBuilder()
            .entrypoint(entrypoint)
            .workingDir("/")
            .env(List.of("PATH=/" + JavaRuntime.HOME + "/bin"))
            .label("moby.buildkit.frontend.network.none", "true")
            .label(
                "moby.buildkit.frontend.caps",
                "moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,"
                    + "moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring");
    request.labels().forEach(config::label);
    Descriptor manifest = image.finish(Platform.host(), config.build(), request.name());
    Outcome outcome = new Outcome(manifest, image.layers().stream().map(Descriptor::size).toList());
    log.say(
        "image %s, %.1f MB compressed"
            .formatted(manifest.digest(), outcome.compressedSize() / 1e6));
    return outcome;
  }

  /** Deletes a folder with all that is in it; nothing if there is none. */
  public static void deleteTree(Path folder) throws IOException {
    JavaRuntime.deleteTree(folder);
  }

  /** The frontend's own jars: those given, and what a plugin zip holds. */
  private static List<Path> jars(List<Path> given, Path work)
      throws IOException, PackagingException {
    List<Path> jars = new ArrayList<>();
    for (Path file : given) {
      if (isPlugin(file)) {
        jars.addAll(unpack(file, work));
      } else {
        jars.add(file);
      }
    }
    return jars;
  }

  private static boolean isPlugin(Path file) throws IOException, PackagingException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      return zip.getEntry("plugin.properties") != null
          && zip.stream().anyMatch(FrontendPackager::isLibrary);
    } catch (java.util.zip.ZipException e) {
      throw new PackagingException(file + " is neither a jar nor a plugin zip", e);
    }
  }

  private static boolean isLibrary(ZipEntry entry) {
    return entry.getName().matches("lib/[^/]+\\.jar");
  }

  private static List<Path> unpack(Path plugin, Path work) throws IOException {
    List<Path> jars = new ArrayList<>();
    jars.add(plugin);
    try (ZipFile zip = new ZipFile(plugin.toFile())) {
      for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
        ZipEntry entry = all.nextElement();
        if (isLibrary(entry)) {
          Path jar = work.resolve(entry.getName().substring("lib/".length()));
          try (InputStream in = zip.getInputStream(entry)) {
            Files.copy(in, jar);
          }
          jars.add(jar);
        }
      }
    }
    return jars;
  }

  /**
   * Gives every file the time that it has in the image, which class archives are checked against.
   */
  private static void settle(Path root) throws IOException {
    FileTime time = FileTime.from(ImageLayout.TIME);
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.toList()) {
        if (!Files.isSymbolicLink(path)) {
          Files.setLastModifiedTime(path, time);
        }
      }
    }
  }
}
