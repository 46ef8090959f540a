package dev.gatehouse.cli.packager;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The Java runtime of a frontend image: a linked JDK with the modules that the frontend needs, and
 * the C library it runs on.
 *
 * <p>The C library is the building machine's; images are made for its architecture.
 */
final class JavaRuntime {
  /** Where the runtime lies in the image. */
  static final String HOME = "opt/java";

  /** The modules that the gateway client uses beyond what {@code jdeps} sees. */
  private static final List<String> ALWAYS =
      List.of("java.base", "java.logging", "jdk.unsupported");

  /**
   * The JDK's tools run for seconds: what a JVM does to become fast later costs them twice that.
   */
  private static final List<String> SHORT_RUN =
      List.of("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC");

  private final Path jdk;

  /**
   * Takes a JDK.
   *
   * @param jdk its home; the image runs on the same version
   */
  JavaRuntime(Path jdk) {
    this.jdk = jdk;
  }

  /** The modules that a jar and the gateway client need, sorted. */
  Set<String> modules(Path jar) throws IOException, PackagingException, InterruptedException {
    String printed =
        tool(
            "jdeps",
            "--ignore-missing-deps",
            "--multi-release",
            "base",
            "--print-module-deps",
            jar.toString());
    Set<String> modules = new TreeSet<>(ALWAYS);
    String last = printed.strip().lines().reduce("", (a, b) -> b);
    for (String module : last.split(",")) {
      // Reached only from optional parts of libraries, as logging bridges are; they cost megabytes.
      if (module.matches("[a-z.]+")
          && !module.startsWith("java.desktop")
          && !module.equals("java.sql")) {
        modules.add(module);
      }
    }
    return modules;
  }

  /** Links the runtime into {@code root/opt/java}. */
  void link(Path root, Set<String> modules)
      throws IOException, PackagingException, InterruptedException {
    Path home = root.resolve(HOME);
    Files.createDirectories(home.getParent());
    tool(
        "jlink",
        "--add-modules",
        String.join(",", modules),
        "--strip-debug",
        "--no-header-files",
        "--no-man-pages",
        "--vm=server",
        "--compress=zip-0",
        "--output",
        home.toString());
    for (String surplus : List.of("legal", "conf/management", "bin/keytool", "bin/rmiregistry")) {
      deleteTree(home.resolve(surplus));
    }
  }

  private String tool(String name, String... arguments)
      throws IOException, PackagingException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(jdk.resolve("bin").resolve(name).toString()));
    command.addAll(SHORT_RUN);
    command.addAll(List.of(arguments));
    return Tool.run(jdk, command);
  }

  /** Copies the dynamic linker and the libraries that the runtime loads, at the same paths. */
  void copyLibraries(Path root) throws IOException, PackagingException, InterruptedException {
    Path linker = Path.of(linker());
    if (!Files.exists(linker)) {
      throw new PackagingException(
          "no " + linker + " on this machine: frontend images are made on Linux with glibc");
    }
    Set<Path> libraries = new TreeSet<>(Set.of(linker));
    List<Path> users = new ArrayList<>(List.of(root.resolve(HOME).resolve("bin/java")));
    try (Stream<Path> files = Files.walk(root.resolve(HOME).resolve("lib"))) {
      files.filter(file -> file.toString().endsWith(".so")).forEach(users::add);
    }
    Path own = root.resolve(HOME).resolve("lib");
    for (Path user : users) {
      String printed =
          Tool.run(
              root,
              List.of(
                  linker.toString(),
                  "--library-path",
                  own + ":" + own.resolve("server"),
                  "--list",
                  user.toString()));
      for (String line : printed.lines().toList()) {
        String[] words = line.strip().split("\\s+");
        if (words.length >= 3 && words[1].equals("=>") && words[2].startsWith("/")) {
          Path library = Path.of(words[2]);
          if (!library.startsWith(root)) {
            libraries.add(library);
          }
        }
      }
    }
    for (Path library : libraries) {
      Path target = root.resolve(library.toString().substring(1));
      Files.createDirectories(target.getParent());
      Files.write(target, Files.readAllBytes(library));
      if (!target.toFile().setExecutable(true, false)) {
        throw new IOException("cannot make " + target + " executable");
      }
    }
  }

  /** The version of the JDK, {@code 25.0.1}. */
  String version() throws IOException, PackagingException {
    Path release = jdk.resolve("release");
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(release)) {
      properties.load(reader);
    } catch (java.nio.file.NoSuchFileException e) {
      throw new PackagingException(jdk + " is no JDK: it has no file 'release'", e);
    }
    String version = properties.getProperty("JAVA_VERSION", "").replace("\"", "");
    if (!version.matches("(2[5-9]|[3-9]\\d)(\\..*)?")) {
      throw new PackagingException(
          "%s is JDK %s; a frontend image needs 25 or newer".formatted(jdk, version));
    }
    return version;
  }

  private static String linker() throws PackagingException {
    String architecture = System.getProperty("os.arch");
    return switch (architecture) {
      case "amd64", "x86_64" -> "/lib64/ld-linux-x86-64.so.2";
      case "aarch64", "arm64" -> "/lib/ld-linux-aarch64.so.1";
      case "riscv64" -> "/lib/ld-linux-riscv64-lp64d.so.1";
      default -> throw new PackagingException("frontend images cannot be made on " + architecture);
    };
  }

  static void deleteTree(Path path) throws IOException {
    if (!Files.exists(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> all = Files.walk(path)) {
      for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
