package dev.gatehouse.solver.exec;

import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Removal of what was made for a container outside its root. */
final class Bundles {
  private Bundles() {}

  /**
   * Unmounts whatever is mounted inside a bundle and deletes it. Nothing is deleted through a
   * mount: when one stays, so does the bundle.
   */
  static void delete(Path bundle) throws IOException {
    if (!Files.isDirectory(bundle)) {
      return;
    }
    List<Path> mounts = Mounts.below(bundle);
    for (Path mount : mounts.reversed()) {
      Mounts.unmount(mount);
    }
    Path parent = bundle.getParent();
    Path name = bundle.getFileName();
    if (parent == null || name == null) {
      throw new IOException("not a bundle: " + bundle);
    }
    try (Directory directory = Directory.open(parent)) {
      directory.deleteTree(name.toString());
    }
  }

  /** Ends the containers that a killed process left, and deletes their bundles. */
  static void deleteLeftovers(Path containers, List<OciRuntime> runtimes) throws IOException {
    IOException failure = null;
    for (OciRuntime runtime : runtimes) {
      if (Files.isDirectory(runtime.state())) {
        for (Path left : list(runtime.state())) {
          try {
            runtime.delete(String.valueOf(left.getFileName()));
          } catch (IOException e) {
            failure = e;
          }
        }
      }
    }
    for (Path bundle : list(containers)) {
      try {
        ControlGroups.remove(ControlGroups.ofBundle(bundle));
        delete(bundle);
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static List<Path> list(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      return entries.filter(Files::isDirectory).toList();
    }
  }
}
