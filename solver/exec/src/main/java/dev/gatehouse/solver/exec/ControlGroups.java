package dev.gatehouse.solver.exec;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Removal of control groups that a runtime has left: crun, for one, leaves those of containers that
 * it could not make.
 */
final class ControlGroups {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final JsonMapper JSON = new JsonMapper();

  private ControlGroups() {}

  /** Removes a group of that path from all hierarchies; one with processes in it stays. */
  static void remove(String path) throws IOException {
    remove(ROOT, path);
  }

  static void remove(Path root, String path) throws IOException {
    if (!path.startsWith("/") || Path.of(path).normalize().getNameCount() < 2) {
      return; // systemd's to remove, or none of ours
    }
    String below = path.substring(1);
    List<Path> groups = new ArrayList<>();
    groups.add(root.resolve(below));
    try (DirectoryStream<Path> hierarchies = Files.newDirectoryStream(root, Files::isDirectory)) {
      hierarchies.forEach(h -> groups.add(h.resolve(below)));
    } catch (NoSuchFileException e) {
      return; // no control groups here
    }
    for (Path group : groups) {
      if (Files.isDirectory(group)) {
        removeTree(group);
      }
    }
  }

  private static void removeTree(Path group) throws IOException {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(group, Files::isDirectory)) {
      for (Path child : children) {
        removeTree(child);
      }
    }
    try {
      // Where version 2 is not mounted crun writes its path all the same, into the tmpfs below it.
      Files.deleteIfExists(group.resolve("cgroup.procs"));
    } catch (FileSystemException e) {
      // A true group, whose files go with it.
    }
    try {
      Files.deleteIfExists(group);
    } catch (DirectoryNotEmptyException e) {
      return; // a group was made in it just now
    } catch (FileSystemException e) {
      return; // busy: its processes have not ended, which their owner reports
    }
  }

  /** The group named in a bundle's specification; empty when there is none to be read. */
  static String ofBundle(Path bundle) throws IOException {
    try {
      return JSON.readTree(Files.readAllBytes(bundle.resolve("config.json")))
          .path("linux")
          .path("cgroupsPath")
          .asString("");
    } catch (NoSuchFileException | JacksonException e) {
      return ""; // killed before it was written whole
    }
  }
}
