package dev.gatehouse.samples.doors;

import dev.gatehouse.llb.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files below a folder as something that can be compared. */
final class FileTree {
  private FileTree() {}

  /** Owner, mode and content of each file by path. */
  static Map<String, String> read(Path root) throws IOException {
    Map<String, String> tree = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> !f.equals(root)).toList()) {
        Map<String, Object> unix =
            Files.readAttributes(file, "unix:uid,gid,mode", LinkOption.NOFOLLOW_LINKS);
        String content = "";
        if (Files.isSymbolicLink(file)) {
          content = "-> " + Files.readSymbolicLink(file);
        } else if (Files.isRegularFile(file)) {
          content = Digest.sha256(Files.readAllBytes(file)).toString();
        }
        tree.put(
            root.relativize(file).toString(),
            "%s:%s %o %s"
                .formatted(unix.get("uid"), unix.get("gid"), (Integer) unix.get("mode"), content));
      }
    }
    return tree;
  }
}
