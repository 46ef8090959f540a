package dev.gatehouse.cli;

import dev.gatehouse.cli.option.UsageException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the classes of an author's frontend are: jars, or what Maven compiles.
 *
 * @param name what the frontend is called in messages
 * @param entries jars and folders of classes, in order
 */
record ClassPath(String name, List<Path> entries) {
  ClassPath {
    entries = List.copyOf(entries);
  }

  /** That of a jar; libraries lie as jars in a folder {@code lib} beside it, or are in the jar. */
  static ClassPath ofJar(String jar) throws UsageException, IOException {
    Path file = Path.of(jar).toAbsolutePath();
    if (!Files.isRegularFile(file)) {
      throw new UsageException("--jar: there is no file " + jar);
    }
    List<Path> entries = new ArrayList<>(List.of(file));
    entries.addAll(jars(file.resolveSibling("lib")));
    return new ClassPath(jar, entries);
  }

  /** That of a Maven project which {@code gatehouse frontend new} made or which is like one. */
  static ClassPath ofProject(String project) throws UsageException, IOException {
    Path target = Path.of(project).toAbsolutePath().normalize().resolve("target");
    Path classes = target.resolve("classes");
    if (!Files.isDirectory(classes)) {
      throw new UsageException(
          "--project: " + project + " has no target/classes; compile it: mvn compile");
    }
    List<Path> entries = new ArrayList<>(List.of(classes));
    entries.addAll(jars(target.resolve("lib")));
    return new ClassPath("project " + project, entries);
  }

  /** The jars in a folder, by name; none if there is no folder. */
  static List<Path> jars(Path folder) throws IOException {
    List<Path> jars = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.jar")) {
        files.forEach(jars::add);
      }
      jars.sort(null);
    }
    return jars;
  }

  /**
   * Copies all of it, for classes that are in use while the originals are written anew.
   *
   * @param folder is empty
   */
  List<Path> copyTo(Path folder) throws IOException {
    List<Path> copies = new ArrayList<>();
    for (Path entry : entries) {
      Path copy = folder.resolve(copies.size() + "-" + entry.getFileName());
      if (Files.isDirectory(entry)) {
        copyTree(entry, copy);
      } else {
        Files.copy(entry, copy);
      }
      copies.add(copy);
    }
    return copies;
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Path copy = to.resolve(from.relativize(path));
        if (Files.isDirectory(path)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(path, copy);
        }
      }
    }
  }
}
