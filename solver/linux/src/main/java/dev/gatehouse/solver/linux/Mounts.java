package dev.gatehouse.solver.linux;

import static dev.gatehouse.solver.linux.Calls.broken;
import static dev.gatehouse.solver.linux.Calls.name;
import static dev.gatehouse.solver.linux.Calls.state;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** mount(2) and umount2(2) in this process, without a process of their own. */
public final class Mounts {
  private static final long MS_RDONLY = 1;
  private static final long MS_REMOUNT = 32;
  private static final long MS_BIND = 4096;
  private static final long MS_REC = 16384;
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;
  private static final int CLONE_FS = 0x200;

  /** The kernel copies one page of options, with their terminating zero. */
  private static final int MAX_DATA = 4095;

  private record Flag(long bits, boolean clear) {}

  private static final Map<String, Flag> FLAGS =
      Map.ofEntries(
          Map.entry("ro", new Flag(MS_RDONLY, false)),
          Map.entry("rw", new Flag(MS_RDONLY, true)),
          Map.entry("nosuid", new Flag(2, false)),
          Map.entry("suid", new Flag(2, true)),
          Map.entry("nodev", new Flag(4, false)),
          Map.entry("dev", new Flag(4, true)),
          Map.entry("noexec", new Flag(8, false)),
          Map.entry("exec", new Flag(8, true)),
          Map.entry("sync", new Flag(16, false)),
          Map.entry("remount", new Flag(MS_REMOUNT, false)),
          Map.entry("noatime", new Flag(1024, false)),
          Map.entry("nodiratime", new Flag(2048, false)),
          Map.entry("relatime", new Flag(1 << 21, false)),
          Map.entry("strictatime", new Flag(1 << 24, false)),
          Map.entry("bind", new Flag(MS_BIND, false)),
          Map.entry("rbind", new Flag(MS_BIND | MS_REC, false)),
          Map.entry("unbindable", new Flag(1 << 17, false)),
          Map.entry("private", new Flag(1 << 18, false)),
          Map.entry("rprivate", new Flag((1 << 18) | MS_REC, false)),
          Map.entry("slave", new Flag(1 << 19, false)),
          Map.entry("rslave", new Flag((1 << 19) | MS_REC, false)),
          Map.entry("shared", new Flag(1 << 20, false)),
          Map.entry("rshared", new Flag((1 << 20) | MS_REC, false)));

  private Mounts() {}

  /**
   * Mounts, with options as in fstab. A read-only bind is made by a second call, as the kernel
   * wants it. Overlay options longer than a page are given relative to the directory that all
   * layers share.
   */
  public static void mount(String type, String source, Path target, List<String> options)
      throws IOException {
    long flags = 0;
    List<String> data = new ArrayList<>();
    for (String option : options) {
      Flag f = FLAGS.get(option);
      if (f == null) {
        data.add(option);
      } else {
        flags = f.clear() ? flags & ~f.bits() : flags | f.bits();
      }
    }
    boolean readonlyBind = (flags & MS_BIND) != 0 && (flags & (MS_RDONLY | 2 | 4 | 8)) != 0;
    String text = String.join(",", data);
    if (FileNames.encode(text).length > MAX_DATA && type.equals("overlay")) {
      mountRelative(source, target, flags, data);
      return;
    }
    call(source, target.toString(), type, flags, text);
    if (readonlyBind) {
      try {
        call("none", target.toString(), "", (flags | MS_REMOUNT) & ~MS_REC, "");
      } catch (LinuxException e) {
        unmount(target);
        throw e;
      }
    }
  }

  /**
   * Mounts from a thread that left the process's working directory behind (unshare CLONE_FS) and
   * changed its own to the common parent of all layers.
   */
  private static void mountRelative(String source, Path target, long flags, List<String> data)
      throws IOException {
    String common = null;
    for (String option : data) {
      int eq = option.indexOf('=');
      if (eq > 0 && isPathOption(option.substring(0, eq))) {
        for (String p : option.substring(eq + 1).split(":")) {
          common = common == null ? parent(p) : commonPrefix(common, parent(p));
        }
      }
    }
    if (common == null || common.length() < 2) {
      throw new LinuxException("mount overlay", target.toString(), Errno.ENAMETOOLONG);
    }
    String base = common;
    List<String> relative = new ArrayList<>();
    for (String option : data) {
      int eq = option.indexOf('=');
      if (eq > 0 && isPathOption(option.substring(0, eq))) {
        List<String> paths = new ArrayList<>();
        for (String p : option.substring(eq + 1).split(":")) {
          paths.add(p.substring(base.length() + 1));
        }
        relative.add(option.substring(0, eq + 1) + String.join(":", paths));
      } else {
        relative.add(option);
      }
    }
    String text = String.join(",", relative);
    if (FileNames.encode(text).length > MAX_DATA) {
      throw new LinuxException("mount overlay", target.toString(), Errno.ENAMETOOLONG);
    }
    FutureTask<Boolean> task =
        new FutureTask<>(() -> {
          leaveWorkingDirectory(base);
          call(source, target.toString(), "overlay", flags, text);
          return true;
        });
    Thread.ofPlatform().name("mount").daemon().start(task);
    try {
      boolean interrupted = false;
      while (true) {
        try {
          task.get();
          break;
        } catch (InterruptedException e) {
          interrupted = true; // The mount is made in any case: whoever asked must know of it.
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IOException("mount overlay " + target, e.getCause());
    }
  }

  private static boolean isPathOption(String key) {
    return key.equals("lowerdir") || key.equals("upperdir") || key.equals("workdir");
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "" : path.substring(0, slash);
  }

  private static String commonPrefix(String a, String b) {
    String p = a;
    while (!p.isEmpty() && !b.equals(p) && !b.startsWith(p + "/")) {
      p = parent(p);
    }
    return p;
  }

  private static void leaveWorkingDirectory(String directory) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      Descriptor.check((int) Calls.Unshare.CALL.invokeExact(state, CLONE_FS), state, "unshare", "");
      Descriptor.check(
          (int) Calls.Chdir.CALL.invokeExact(state, name(arena, directory)),
          state,
          "chdir",
          directory);
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  private static void call(String source, String target, String type, long flags, String data)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment s = name(arena, source);
      MemorySegment t = name(arena, target);
      MemorySegment y = type.isEmpty() ? MemorySegment.NULL : name(arena, type);
      MemorySegment d = data.isEmpty() ? MemorySegment.NULL : name(arena, data);
      Descriptor.check(
          (int) Calls.Mount.CALL.invokeExact(state, s, t, y, flags, d),
          state,
          "mount " + (type.isEmpty() ? "remount" : type),
          target);
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Unmounts, detached where somebody is still inside; a path that is no mount is EINVAL. */
  public static void unmount(Path target) throws LinuxException {
    try {
      umount2(target.toString(), UMOUNT_NOFOLLOW);
    } catch (LinuxException e) {
      if (!e.is(Errno.EBUSY)) {
        throw e;
      }
      umount2(target.toString(), UMOUNT_NOFOLLOW | MNT_DETACH);
    }
  }

  private static void umount2(String target, int flags) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      Descriptor.check(
          (int) Calls.Umount2.CALL.invokeExact(state, name(arena, target), flags),
          state,
          "umount",
          target);
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** The mount points at or below a directory, in the order they were mounted. */
  public static List<Path> below(Path directory) throws IOException {
    String prefix = directory.toRealPath().toString();
    List<Path> found = new ArrayList<>();
    for (String line :
        Files.readString(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)
            .split("\n")) {
      String[] fields = line.split(" ");
      if (fields.length < 5) {
        continue;
      }
      String point = unescape(fields[4]);
      if (point.equals(prefix) || point.startsWith(prefix + "/")) {
        found.add(Path.of(point));
      }
    }
    return found;
  }

  private static String unescape(String s) {
    if (s.indexOf('\\') < 0) {
      return s;
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < s.length(); i++) {
      if (s.charAt(i) == '\\' && i + 3 < s.length()) {
        out.append((char) Integer.parseInt(s.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        out.append(s.charAt(i));
      }
    }
    return FileNames.decode(out.toString().getBytes(StandardCharsets.ISO_8859_1));
  }
}
