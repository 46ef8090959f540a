package dev.gatehouse.solver.exec;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks up programs as a shell does. */
final class Binaries {
  static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private Binaries() {}

  /** A program by path, or by name on the path; empty when there is none. */
  static Optional<Path> find(String name) {
    if (name.contains("/")) {
      Path file = Path.of(name).toAbsolutePath();
      return Files.isExecutable(file) ? Optional.of(file) : Optional.empty();
    }
    String path = System.getenv("PATH");
    List<String> directories = new ArrayList<>(List.of((path == null ? "" : path).split(":")));
    // Daemons are often started with a path that lacks the administrator's directories.
    directories.addAll(List.of(DEFAULT_PATH.split(File.pathSeparator)));
    for (String directory : directories) {
      if (directory.startsWith("/")) {
        Path file = Path.of(directory, name);
        if (Files.isExecutable(file) && !Files.isDirectory(file)) {
          return Optional.of(file);
        }
      }
    }
    return Optional.empty();
  }
}
