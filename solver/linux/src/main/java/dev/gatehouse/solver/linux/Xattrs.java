package dev.gatehouse.solver.linux;

import static dev.gatehouse.solver.linux.Calls.broken;
import static dev.gatehouse.solver.linux.Calls.errno;
import static dev.gatehouse.solver.linux.Calls.name;
import static dev.gatehouse.solver.linux.Calls.state;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Extended attributes of files, never of what a symlink points at. */
public final class Xattrs {
  private static final int FIRST_SIZE = 1024;
  private static final int MAX_SIZE = 64 << 10;

  private Xattrs() {}

  /** The names; none where the file system has no attributes. */
  public static List<String> list(Path path) throws LinuxException {
    return list(path.toString());
  }

  static List<String> list(String path) throws LinuxException {
    for (int size = FIRST_SIZE; ; size = MAX_SIZE) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment state = state(arena);
        MemorySegment out = arena.allocate(size, 1);
        long n =
            (long) Calls.Llistxattr.CALL.invokeExact(state, name(arena, path), out, (long) size);
        if (n >= 0) {
          return split(out.asSlice(0, n).toArray(JAVA_BYTE));
        }
        int e = errno(state);
        if (e == Errno.EOPNOTSUPP) {
          return List.of();
        }
        if (e != Errno.ERANGE || size == MAX_SIZE) {
          throw new LinuxException("listxattr", path, e);
        }
      } catch (LinuxException e) {
        throw e;
      } catch (Throwable t) {
        throw broken(t);
      }
    }
  }

  private static List<String> split(byte[] names) {
    List<String> list = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < names.length; i++) {
      if (names[i] == 0) {
        list.add(FileNames.decode(names, start, i - start));
        start = i + 1;
      }
    }
    return list;
  }

  /** The value; empty when there is none of that name. */
  public static Optional<byte[]> get(Path path, String attribute) throws LinuxException {
    return get(path.toString(), attribute);
  }

  static Optional<byte[]> get(String path, String attribute) throws LinuxException {
    for (int size = FIRST_SIZE; ; size = MAX_SIZE) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment state = state(arena);
        MemorySegment out = arena.allocate(size, 1);
        long n =
            (long)
                Calls.Lgetxattr.CALL.invokeExact(
                    state, name(arena, path), name(arena, attribute), out, (long) size);
        if (n >= 0) {
          return Optional.of(out.asSlice(0, n).toArray(JAVA_BYTE));
        }
        int e = errno(state);
        if (e == Errno.ENODATA || e == Errno.EOPNOTSUPP) {
          return Optional.empty();
        }
        if (e != Errno.ERANGE || size == MAX_SIZE) {
          throw new LinuxException("getxattr " + attribute, path, e);
        }
      } catch (LinuxException e) {
        throw e;
      } catch (Throwable t) {
        throw broken(t);
      }
    }
  }

  /** All attributes, sorted by name. */
  public static Map<String, byte[]> all(Path path) throws LinuxException {
    return all(path.toString());
  }

  static Map<String, byte[]> all(String path) throws LinuxException {
    List<String> names = list(path);
    if (names.isEmpty()) {
      return Map.of();
    }
    Map<String, byte[]> map = new TreeMap<>();
    for (String name : names) {
      Optional<byte[]> value = get(path, name);
      value.ifPresent(v -> map.put(name, v));
    }
    return map;
  }

  /** Sets or replaces one. */
  public static void set(Path path, String attribute, byte[] value) throws LinuxException {
    set(path.toString(), attribute, value);
  }

  static void set(String path, String attribute, byte[] value) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment v = arena.allocate(Math.max(1, value.length), 1);
      MemorySegment.copy(value, 0, v, JAVA_BYTE, 0, value.length);
      int rc =
          (int)
              Calls.Lsetxattr.CALL.invokeExact(
                  state, name(arena, path), name(arena, attribute), v, (long) value.length, 0);
      Descriptor.check(rc, state, "setxattr " + attribute, path);
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Removes one; one that is not there is no error. */
  public static void remove(Path path, String attribute) throws LinuxException {
    remove(path.toString(), attribute);
  }

  static void remove(String path, String attribute) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      int rc =
          (int)
              Calls.Lremovexattr.CALL.invokeExact(state, name(arena, path), name(arena, attribute));
      if (rc != 0 && errno(state) != Errno.ENODATA) {
        throw new LinuxException("removexattr " + attribute, path, errno(state));
      }
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }
}
