package dev.gatehouse.solver.exec;

import dev.gatehouse.solver.exec.ContainerException.Kind;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.Mounts;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.store.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns the mounts of a container into mounts of its specification. What the runtime cannot do
 * safely is mounted here, inside the bundle: a path inside another mount, several mounts over each
 * other, an overlay whose options are longer than a page, files in memory.
 */
final class ContainerMounts {
  private static final int O_PATH = 010000000;

  private final Path bundle;

  /** Where mounts with selectors were mounted as a whole. */
  private final Map<List<Mount>, String> whole = new HashMap<>();

  private int count;

  ContainerMounts(Path bundle) {
    this.bundle = bundle;
  }

  List<RuntimeSpec.Placed> place(List<ContainerMount> mounts, List<ContainerFile> files)
      throws IOException {
    List<RuntimeSpec.Placed> placed = new ArrayList<>();
    for (ContainerMount mount : mounts) {
      placed.add(new RuntimeSpec.Placed(mount.destination(), place(mount)));
    }
    if (!files.isEmpty()) {
      placed.addAll(files(files));
    }
    placed.sort(Comparator.comparing(RuntimeSpec.Placed::destination));
    return placed;
  }

  private Mount place(ContainerMount mount) throws IOException {
    boolean selected = !mount.selector().isEmpty() && !isRoot(mount.selector());
    if (!selected && mount.mounts().size() == 1 && fits(mount.mounts().getFirst())) {
      return access(mount.mounts().getFirst(), mount.readonly());
    }
    String source = whole(mount.mounts());
    if (selected) {
      source = select(source, mount.selector());
    }
    return access(Mount.bind(source, mount.readonly()), mount.readonly());
  }

  private static boolean isRoot(String selector) {
    return Path.of("/", selector).normalize().toString().equals("/");
  }

  private static boolean fits(Mount mount) {
    int length = mount.options().stream().mapToInt(o -> o.length() + 1).sum();
    return !mount.type().equals("overlay") || length < RuntimeSpec.MAX_MOUNT_OPTIONS;
  }

  private static Mount access(Mount mount, boolean readonly) {
    if (!readonly || mount.isReadonly()) {
      return mount;
    }
    List<String> options = new ArrayList<>(mount.options());
    options.remove("rw");
    options.add("ro");
    return new Mount(mount.type(), mount.source(), options);
  }

  /** A path of this host at which the mounts are shown. */
  private String whole(List<Mount> mounts) throws IOException {
    if (mounts.size() == 1 && mounts.getFirst().isBind()) {
      return mounts.getFirst().source();
    }
    String known = whole.get(mounts);
    if (known != null) {
      return known;
    }
    Path target = Files.createDirectories(next());
    for (Mount mount : mounts) {
      Mounts.mount(mount.type(), mount.source(), target, mount.options());
    }
    whole.put(mounts, target.toString());
    return target.toString();
  }

  private Path next() throws IOException {
    return Files.createDirectories(bundle.resolve("mounts")).resolve(Integer.toString(++count));
  }

  /** Mounts a path inside a directory; it is resolved with that directory as root. */
  private String select(String source, String selector) throws IOException {
    try (RootDirectory root = RootDirectory.open(Path.of(source));
        OpenFile selected = root.file(selector, O_PATH, 0)) {
      FileStatus status = selected.status();
      Path target = next();
      if (status.isDirectory()) {
        Files.createDirectory(target);
      } else {
        Files.createFile(target);
      }
      Mounts.mount("bind", selected.procPath(), target, List.of("rbind"));
      return target.toString();
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
        throw new ContainerException(
            Kind.SPECIFICATION, "lstat " + selector + ": " + Errno.message(e.errno()), e);
      }
      throw e;
    }
  }

  private List<RuntimeSpec.Placed> files(List<ContainerFile> files) throws IOException {
    Path directory = Files.createDirectory(bundle.resolve("files"));
    Mounts.mount("tmpfs", "tmpfs", directory, List.of("nodev", "nosuid", "mode=0711"));
    List<RuntimeSpec.Placed> placed = new ArrayList<>();
    try (Directory open = Directory.open(directory)) {
      int number = 0;
      for (ContainerFile file : files) {
        String name = Integer.toString(++number);
        try (OpenFile out =
            open.file(name, OpenFile.O_WRONLY | OpenFile.O_CREAT | OpenFile.O_EXCL, 0600)) {
          out.write(file.content(), 0, file.content().length);
          out.chown(file.uid(), file.gid());
          out.chmod(file.mode());
        }
        List<String> options = new ArrayList<>(List.of("ro", "rbind", "nodev", "nosuid"));
        if ((file.mode() & 0111) == 0) {
          options.add("noexec");
        }
        placed.add(
            new RuntimeSpec.Placed(
                file.destination(),
                new Mount("bind", directory.resolve(name).toString(), options)));
      }
    }
    return placed;
  }
}
