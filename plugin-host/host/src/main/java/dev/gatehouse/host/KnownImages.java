package dev.gatehouse.host;

import dev.gatehouse.solver.core.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which image each frontend's name meant when it was last looked up: a build goes on with it when
 * the registry is out of reach. A file a name in a folder; the oldest go when there are many.
 */
final class KnownImages {
  private static final Logger log = LoggerFactory.getLogger(KnownImages.class);
  private static final int MAX_NAMES = 1000;

  private final Path folder;

  KnownImages(Path folder) {
    this.folder = folder;
  }

  /** Keeps in mind what a name means; that it cannot be is the log's matter. */
  void remember(String name, String digest) {
    if (find(name).filter(digest::equals).isPresent()) {
      return;
    }
    try {
      Files.createDirectories(folder);
      Path partial = Files.createTempFile(folder, ".new", "");
      Files.writeString(partial, name + " " + digest + "\n");
      Files.move(partial, file(name), StandardCopyOption.ATOMIC_MOVE);
      forgetOldest();
    } catch (IOException e) {
      log.warn("what frontend {} means cannot be kept in {}", name, folder, e);
    }
  }

  /** The digest that a name stood for. */
  Optional<String> find(String name) {
    try {
      String[] words =
          new String(Files.readAllBytes(file(name)), StandardCharsets.UTF_8).strip().split(" ");
      if (words.length == 2 && words[0].equals(name)) {
        return Optional.of(Digest.parse(words[1]).toString());
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      log.warn("what frontend {} meant cannot be read from {}", name, folder, e);
    }
    return Optional.empty();
  }

  private Path file(String name) {
    return folder.resolve(Digest.sha256(name).toString().substring("sha256:".length()));
  }

  private void forgetOldest() throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      all.forEach(files::add);
    }
    if (files.size() <= MAX_NAMES) {
      return;
    }
    files.sort(Comparator.comparingLong(f -> f.toFile().lastModified()));
    for (Path oldest : files.subList(0, files.size() - MAX_NAMES)) {
      Files.deleteIfExists(oldest);
    }
  }
}
