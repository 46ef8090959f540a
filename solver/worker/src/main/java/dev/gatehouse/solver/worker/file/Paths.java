package dev.gatehouse.solver.worker.file;

import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.llb.pattern.Glob;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.ReadableDirectory;
import dev.gatehouse.solver.linux.ReadableRoot;
import dev.gatehouse.solver.linux.RootDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Paths of actions: cleaning, wildcards, making directories on the way. */
final class Paths {
  private Paths() {}

  /** The absolute clean path, with the {@code /} or {@code /.} that the given one ends in. */
  static String clean(String path) {
    String clean = SlashPath.join("/", path);
    if (path.endsWith("/.")) {
      return clean.equals("/") ? "/." : clean + "/.";
    }
    return path.endsWith("/") && !clean.equals("/") ? clean + "/" : clean;
  }

  /**
   * The paths that a path with wildcards names, sorted; a path without wildcards is itself, whether
   * it exists or not. A wildcard crosses no slash and no symlink.
   */
  static List<String> expand(ReadableRoot root, String path, boolean followLinks)
      throws IOException {
    List<String> fixed = new ArrayList<>();
    List<String> wild = new ArrayList<>();
    for (String part : SlashPath.clean(path).split("/", -1)) {
      if (part.isEmpty()) {
        continue;
      }
      if (!wild.isEmpty() || Glob.hasWildcards(part)) {
        wild.add(part);
      } else {
        fixed.add(part);
      }
    }
    String base = "/" + String.join("/", fixed);
    if (wild.isEmpty()) {
      return List.of(base);
    }
    String start = followLinks ? root.resolve(base) : root.resolveParent(base);
    Optional<FileStatus> status = root.findLstat(start);
    if (status.isEmpty()) {
      throw new LinuxException("lstat", start, Errno.ENOENT);
    }
    List<String> found = new ArrayList<>();
    if (status.get().isDirectory()) {
      try (ReadableDirectory d = root.directory(start)) {
        match(d, start.equals("/") ? "" : start, wild, 0, found);
      }
    }
    return found;
  }

  private static void match(
      ReadableDirectory directory,
      String path,
      List<String> patterns,
      int depth,
      List<String> found)
      throws IOException {
    Glob glob = Glob.within(patterns.get(depth));
    for (Directory.Entry e : sorted(directory)) {
      if (!glob.matches(e.name())) {
        continue;
      }
      String at = path + "/" + e.name();
      if (depth == patterns.size() - 1) {
        found.add(at);
      } else if (directory.stat(e.name()).isDirectory()) {
        try (ReadableDirectory below = directory.directory(e.name())) {
          match(below, at, patterns, depth + 1, found);
        }
      }
    }
  }

  /** Entries in the order of their names' bytes. */
  static List<Directory.Entry> sorted(ReadableDirectory directory) throws IOException {
    List<Directory.Entry> entries = new ArrayList<>(directory.list());
    entries.sort(
        Comparator.comparing(
            e -> e.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
    return entries;
  }

  /**
   * Makes a directory and those above it that are missing.
   *
   * @param path resolved, without symlinks
   * @return the paths made, the outermost first
   */
  static List<String> makeDirectories(
      RootDirectory root, String path, int permissions, Optional<Owner> owner, @Nullable Time time)
      throws IOException {
    List<String> made = new ArrayList<>();
    String at = "";
    for (String part : path.split("/", -1)) {
      if (part.isEmpty()) {
        continue;
      }
      at = at + "/" + part;
      try (RootDirectory.Place p = root.place(at)) {
        Optional<FileStatus> there = p.find();
        if (there.isPresent()) {
          if (!there.get().isDirectory()) {
            throw new LinuxException("mkdir", at, Errno.ENOTDIR);
          }
          continue;
        }
        p.directory().mkdir(p.name(), permissions & 0777);
        adorn(p.directory(), p.name(), owner, time);
        made.add(at);
      }
    }
    return made;
  }

  /** Gives a new file its owner and time, where the action says any. */
  static void adorn(Directory directory, String name, Optional<Owner> owner, @Nullable Time time)
      throws LinuxException {
    if (owner.isPresent()) {
      directory.chown(name, owner.get().uid(), owner.get().gid());
    }
    if (time != null) {
      directory.setTimes(name, time.seconds(), time.nanos());
    }
  }

  /** Sets again the time of directories that were made, after things were put in them. */
  static void fixTimes(RootDirectory root, List<String> made, @Nullable Time time)
      throws LinuxException {
    if (time == null) {
      return;
    }
    for (String path : made.reversed()) {
      try (RootDirectory.Place p = root.place(path)) {
        p.directory().setTimes(p.name(), time.seconds(), time.nanos());
      }
    }
  }

  /** An instant as the kernel takes it. */
  record Time(long seconds, int nanos) {
    /** Nanoseconds since 1970; -1 stands for none. */
    static @Nullable Time of(long timestamp) {
      return timestamp == -1
          ? null
          : new Time(
              Math.floorDiv(timestamp, 1_000_000_000L),
              (int) Math.floorMod(timestamp, 1_000_000_000L));
    }
  }
}
