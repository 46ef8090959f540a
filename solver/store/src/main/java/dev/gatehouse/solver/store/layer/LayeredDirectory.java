package dev.gatehouse.solver.store.layer;

import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.linux.ReadableDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory as overlayfs would show it, read through its layers without a mount: of each name the
 * nearest layer counts, a whiteout (character device 0/0) hides it, directories of one name are
 * shown together down to the first that is opaque or has something else there.
 *
 * <p>Overlayfs must have been mounted without redirects and metadata-only copies when the layers
 * were written, as the store mounts it: then a layer's entry is the whole entry. Layers must not
 * change meanwhile.
 */
public final class LayeredDirectory implements ReadableDirectory {
  private static final String OVERLAY = "trusted.overlay.";

  /** The nearest first; never none. */
  private final List<Part> parts;

  /** Once listed, by name the part that counts; null where it says that the name is gone. */
  private @Nullable Map<String, @Nullable Part> listed;

  /**
   * One layer's directory.
   *
   * @param layer its number, the nearest is 0
   */
  record Part(int layer, Directory directory) {}

  LayeredDirectory(List<Part> parts) {
    this.parts = parts;
  }

  /** Opens the root of a stack of layers, the nearest first. */
  public static LayeredDirectory open(List<Path> layers) throws LinuxException {
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("no layers");
    }
    return opened(opener -> {
      for (int i = 0; i < layers.size(); i++) {
        opener.add(new Part(i, Directory.open(layers.get(i))));
      }
    });
  }

  interface Opening {
    void into(List<Part> parts) throws LinuxException;
  }

  /** Opens parts; closes them again when that fails half-way. */
  static LayeredDirectory opened(Opening opening) throws LinuxException {
    List<Part> parts = new ArrayList<>();
    boolean done = false;
    try {
      opening.into(parts);
      done = true;
      return new LayeredDirectory(parts);
    } finally {
      if (!done) {
        close(parts);
      }
    }
  }

  /** The numbers of the layers that this directory is in. */
  int[] layers() {
    return parts.stream().mapToInt(Part::layer).toArray();
  }

  @Override
  public String label() {
    return parts.getFirst().directory().label();
  }

  @Override
  public List<Directory.Entry> list() throws LinuxException {
    Map<String, @Nullable Part> names = new HashMap<>();
    List<Directory.Entry> entries = new ArrayList<>();
    for (Part part : parts) {
      for (Directory.Entry e : part.directory().list()) {
        if (names.containsKey(e.name())) {
          continue;
        }
        boolean gone = isWhiteout(part, e);
        names.put(e.name(), gone ? null : part);
        if (!gone) {
          entries.add(e);
        }
      }
    }
    listed = names;
    return entries;
  }

  private static boolean isWhiteout(Part part, Directory.Entry e) throws LinuxException {
    return (e.type() == 0 || e.type() == FileStatus.S_IFCHR)
        && part.directory().stat(e.name()).isWhiteout();
  }

  /** The part that has a name. */
  private record Found(Part part, FileStatus status) {}

  private Optional<Found> lookup(String name) throws LinuxException {
    if (name.equals(".")) {
      return Optional.of(new Found(parts.getFirst(), parts.getFirst().directory().stat(".")));
    }
    Map<String, @Nullable Part> known = listed;
    Collection<Part> candidates = parts;
    if (known != null) {
      Part part = known.get(name);
      if (part == null) {
        return Optional.empty();
      }
      candidates = List.of(part);
    }
    for (Part part : candidates) {
      Optional<FileStatus> status = part.directory().find(name);
      if (status.isPresent()) {
        return status.get().isWhiteout()
            ? Optional.empty()
            : Optional.of(new Found(part, status.get()));
      }
    }
    return Optional.empty();
  }

  private Directory holder(String name, String call) throws LinuxException {
    return lookup(name).orElseThrow(() -> absent(name, call, Errno.ENOENT)).part().directory();
  }

  private LinuxException absent(String name, String call, int errno) {
    return new LinuxException(call, label() + "/" + name, errno);
  }

  @Override
  public FileStatus stat(String name) throws LinuxException {
    return find(name).orElseThrow(() -> absent(name, "statx", Errno.ENOENT));
  }

  @Override
  public Optional<FileStatus> find(String name) throws LinuxException {
    return lookup(name).map(Found::status);
  }

  @Override
  public LayeredDirectory directory(String name) throws LinuxException {
    Optional<Found> top = lookup(name);
    if (top.isEmpty() || !top.get().status().isDirectory()) {
      throw absent(name, "open", top.isEmpty() ? Errno.ENOENT : Errno.ENOTDIR);
    }
    int first = parts.indexOf(top.get().part());
    return opened(opener -> {
      for (int i = first; i < parts.size(); i++) {
        Directory next;
        try {
          next = parts.get(i).directory().directory(name);
        } catch (LinuxException e) {
          if (e.is(Errno.ENOENT)) {
            continue;
          }
          if (e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP)) {
            break; // A file or a whiteout hides what is below it.
          }
          throw e;
        }
        opener.add(new Part(parts.get(i).layer(), next));
        if (!name.equals(".") && i + 1 < parts.size() && Whiteouts.isOpaque(next)) {
          break;
        }
      }
    });
  }

  @Override
  public OpenFile file(String name) throws LinuxException {
    return holder(name, "open").file(name);
  }

  /** Opens a file without waiting for the other end, if it is a pipe. */
  OpenFile fileAtOnce(String name) throws LinuxException {
    return holder(name, "open").file(name, OpenFile.O_RDONLY | OpenFile.O_NONBLOCK, 0);
  }

  @Override
  public String readlink(String name) throws LinuxException {
    return holder(name, "readlink").readlink(name);
  }

  @Override
  public Map<String, byte[]> xattrs(String name) throws LinuxException {
    Map<String, byte[]> shown = new TreeMap<>(holder(name, "listxattr").xattrs(name));
    shown.keySet().removeIf(attribute -> attribute.startsWith(OVERLAY));
    return shown;
  }

  private static void close(List<Part> parts) {
    parts.forEach(part -> part.directory().close());
  }

  @Override
  public void close() {
    close(parts);
  }
}
