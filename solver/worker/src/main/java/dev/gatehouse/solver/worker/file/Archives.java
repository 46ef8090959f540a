package dev.gatehouse.solver.worker.file;

import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.linux.ReadableRoot;
import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.store.layer.Compression;
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks archives for a copy that asks for it: a tar, plain or compressed by gzip, zstd, bzip2 or
 * xz (the last two by the system's commands). What does not begin with a tar header is no archive.
 */
final class Archives {
  private static final int BUFFER = 128 << 10;
  private static final long MAX_ENTRIES = 20_000_000;

  private final RootDirectory root;
  private final String base;
  private final Optional<Owner> owner;
  private final Map<String, Instant> directoryTimes = new LinkedHashMap<>();

  private Archives(RootDirectory root, String base, Optional<Owner> owner) {
    this.root = root;
    this.base = base;
    this.owner = owner;
  }

  /**
   * Unpacks a file if it is an archive.
   *
   * @param from path of the source tree, symlinks followed
   * @param to directory of the target tree, made if need be
   * @return whether it was one
   */
  static boolean unpack(
      ReadableRoot source,
      String from,
      RootDirectory target,
      String to,
      Optional<Owner> owner,
      Paths.@Nullable Time time)
      throws IOException, InterruptedException {
    Optional<FileStatus> status = source.findStat(from);
    if (status.isEmpty() || !status.get().isRegular() || !isArchive(source, from)) {
      return false;
    }
    String directory = target.resolve(to);
    Paths.makeDirectories(target, directory, 0755, owner, time);
    try (OpenFile file = source.file(from);
        Decompressed in = Decompressed.of(file)) {
      new Archives(target, directory, owner).unpack(new TarReader(in.stream));
      in.finish();
    }
    return true;
  }

  private static boolean isArchive(ReadableRoot source, String path)
      throws IOException, InterruptedException {
    try (OpenFile file = source.file(path);
        Decompressed in = Decompressed.of(file)) {
      return new TarReader(in.stream).next() != null;
    } catch (LinuxException e) {
      throw e;
    } catch (IOException e) {
      return false; // Damaged or something else: copied as it is.
    }
  }

  private void unpack(TarReader tar) throws IOException, InterruptedException {
    byte[] buffer = new byte[BUFFER];
    long count = 0;
    for (TarEntry e = tar.next(); e != null; e = tar.next()) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (++count > MAX_ENTRIES) {
        throw new IOException("archive has more than " + MAX_ENTRIES + " entries");
      }
      String name = SlashPath.clean("/" + e.name());
      if (name.equals("/")) {
        if (e.isDirectory() && !base.equals("/")) {
          try (RootDirectory.Place p = root.place(base)) {
            adorn(p.directory(), p.name(), e);
          }
          directoryTimes.put(base, e.modified());
        }
        continue;
      }
      String path = inside(name);
      Paths.makeDirectories(root, SlashPath.directory(path), 0755, Optional.empty(), null);
      try (RootDirectory.Place p = root.place(path)) {
        create(e, p.directory(), p.name(), tar, buffer);
      }
      if (e.isDirectory()) {
        directoryTimes.put(path, e.modified());
      }
    }
    for (Map.Entry<String, Instant> d : directoryTimes.entrySet()) {
      try (RootDirectory.Place p = root.place(d.getKey())) {
        if (p.find().isPresent()) {
          setTime(p.directory(), p.name(), d.getValue());
        }
      }
    }
  }

  /**
   * A member's path in the tree. Symlinks on the way that point elsewhere in the tree but outside
   * of the directory do not lead there: the archive may write below its directory only.
   */
  private String inside(String name) throws IOException {
    String path = root.resolveParent(base.equals("/") ? name : base + name);
    if (!base.equals("/") && !path.startsWith(base + "/")) {
      throw new IOException("archive member " + name + " leads outside of " + base);
    }
    return path;
  }

  private void create(TarEntry e, Directory directory, String name, TarReader tar, byte[] buffer)
      throws IOException {
    Optional<FileStatus> there = directory.find(name);
    if (there.isPresent() && !(there.get().isDirectory() && e.isDirectory())) {
      directory.deleteTree(name);
      there = Optional.empty();
    }
    switch (e.type()) {
      case DIRECTORY -> {
        if (there.isEmpty()) {
          directory.mkdir(name, 0700);
        }
      }
      case FILE -> {
        try (OpenFile out =
            directory.file(name, OpenFile.O_WRONLY | OpenFile.O_CREAT | OpenFile.O_EXCL, 0600)) {
          for (int n; (n = tar.read(buffer, 0, buffer.length)) > 0; ) {
            out.write(buffer, 0, n);
          }
        }
      }
      case HARD_LINK -> {
        try (RootDirectory.Place p = root.place(inside(SlashPath.clean("/" + e.linkName())))) {
          directory.link(p.directory(), p.name(), name);
        }
        return; // Shares what the first name has.
      }
      case SYMLINK -> directory.symlink(e.linkName(), name);
      case CHARACTER_DEVICE, BLOCK_DEVICE, FIFO -> {
        int type =
            switch (e.type()) {
              case CHARACTER_DEVICE -> FileStatus.S_IFCHR;
              case BLOCK_DEVICE -> FileStatus.S_IFBLK;
              default -> FileStatus.S_IFIFO;
            };
        directory.mknod(
            name, type | (e.mode() & 07777), (int) e.deviceMajor(), (int) e.deviceMinor());
      }
    }
    adorn(directory, name, e);
    setTime(directory, name, e.modified());
  }

  private void adorn(Directory directory, String name, TarEntry e) throws LinuxException {
    Owner o = owner.orElse(new Owner((int) e.uid(), (int) e.gid()));
    directory.chown(name, o.uid(), o.gid());
    if (e.type() != TarEntry.Type.SYMLINK) {
      directory.chmod(name, e.mode() & 07777);
    }
    for (Map.Entry<String, byte[]> x : e.xattrs().entrySet()) {
      if (x.getKey().startsWith("trusted.") || x.getKey().startsWith("user.overlay.")) {
        continue;
      }
      try {
        directory.setXattr(name, x.getKey(), x.getValue());
      } catch (LinuxException failure) {
        if (!failure.is(Errno.EOPNOTSUPP) && !failure.is(Errno.EPERM)) {
          throw failure;
        }
      }
    }
  }

  private static void setTime(Directory directory, String name, Instant time)
      throws LinuxException {
    directory.setTimes(name, time.getEpochSecond(), time.getNano());
  }

  /** A file's plain bytes, perhaps through a command. */
  private static final class Decompressed implements AutoCloseable {
    final InputStream stream;
    private final @Nullable Process process;
    private final String command;

    private Decompressed(InputStream stream, @Nullable Process process, String command) {
      this.stream = stream;
      this.process = process;
      this.command = command;
    }

    static Decompressed of(OpenFile file) throws IOException {
      BufferedInputStream in = new BufferedInputStream(file.inputStream(), BUFFER);
      in.mark(8);
      byte[] magic = in.readNBytes(6);
      in.reset();
      if (magic.length >= 3 && magic[0] == 'B' && magic[1] == 'Z' && magic[2] == 'h') {
        return command("bzip2", in);
      }
      if (magic.length == 6
          && magic[0] == (byte) 0xfd
          && magic[1] == '7'
          && magic[2] == 'z'
          && magic[3] == 'X'
          && magic[4] == 'Z'
          && magic[5] == 0) {
        return command("xz", in);
      }
      return new Decompressed(Compression.decompress(in), null, "");
    }

    private static Decompressed command(String command, InputStream in) throws IOException {
      Process process;
      try {
        process =
            new ProcessBuilder(List.of(command, "-d", "-c", "-q"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
      } catch (IOException e) {
        throw new LinuxException("exec", command, Errno.ENOENT);
      }
      Thread.ofVirtual()
          .start(() -> {
            try (var out = process.getOutputStream()) {
              in.transferTo(out);
            } catch (IOException e) {
              // The command has ended, or nobody reads on: its exit code tells.
              process.destroy();
            }
          });
      return new Decompressed(process.getInputStream(), process, command);
    }

    /** Reads to the end and sees whether the command was content. */
    void finish() throws IOException, InterruptedException {
      if (process == null) {
        return;
      }
      stream.transferTo(java.io.OutputStream.nullOutputStream());
      int code = process.waitFor();
      if (code != 0) {
        throw new IOException(command + " ended with exit code " + code);
      }
    }

    @Override
    public void close() throws IOException {
      if (process != null) {
        process.destroyForcibly();
      }
      stream.close();
    }
  }
}
