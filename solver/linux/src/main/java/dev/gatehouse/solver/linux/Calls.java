package dev.gatehouse.solver.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The handles of the C library's functions, and the constants that differ between machines.
 *
 * <p>Each function has a class of its own, which links it when it is first called: linking takes
 * some 20 ms of processor time, and few processes call them all.
 */
final class Calls {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup LIBC = LINKER.defaultLookup();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

  static final int AT_FDCWD = -100;
  static final int AT_SYMLINK_NOFOLLOW = 0x100;
  static final int AT_REMOVEDIR = 0x200;
  static final int AT_SYMLINK_FOLLOW = 0x400;
  static final int AT_EMPTY_PATH = 0x1000;
  static final int O_DIRECTORY = ARM ? 040000 : 0200000;
  static final int O_NOFOLLOW = ARM ? 0100000 : 0400000;
  static final int O_CLOEXEC = 02000000;
  static final int O_PATH = 010000000;

  static final class Openat {
    static final MethodHandle CALL =
        variadic("openat", 3, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  }

  static final class Syscall4 {
    static final MethodHandle CALL =
        variadic("syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG);
  }

  static final class Close {
    static final MethodHandle CALL = function("close", JAVA_INT, JAVA_INT);
  }

  static final class Dup {
    static final MethodHandle CALL = function("dup", JAVA_INT, JAVA_INT);
  }

  static final class Read {
    static final MethodHandle CALL = function("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  }

  static final class Pread {
    static final MethodHandle CALL =
        function("pread", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  }

  static final class Write {
    static final MethodHandle CALL = function("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  }

  static final class Lseek {
    static final MethodHandle CALL = function("lseek", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  }

  static final class Ftruncate {
    static final MethodHandle CALL = function("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
  }

  static final class Statx {
    static final MethodHandle CALL =
        function("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
  }

  static final class Getdents {
    static final MethodHandle CALL =
        function("getdents64", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  }

  static final class Mkdirat {
    static final MethodHandle CALL = function("mkdirat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  }

  static final class Mknodat {
    static final MethodHandle CALL =
        function("mknodat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG);
  }

  static final class Symlinkat {
    static final MethodHandle CALL = function("symlinkat", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
  }

  static final class Linkat {
    static final MethodHandle CALL =
        function("linkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
  }

  static final class Unlinkat {
    static final MethodHandle CALL = function("unlinkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  }

  static final class Renameat2 {
    static final MethodHandle CALL =
        function("renameat2", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
  }

  static final class Readlinkat {
    static final MethodHandle CALL =
        function("readlinkat", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
  }

  static final class Fchownat {
    static final MethodHandle CALL =
        function("fchownat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
  }

  static final class Fchown {
    static final MethodHandle CALL = function("fchown", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  }

  static final class Fchmod {
    static final MethodHandle CALL = function("fchmod", JAVA_INT, JAVA_INT, JAVA_INT);
  }

  static final class Fchmodat {
    static final MethodHandle CALL =
        function("fchmodat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  }

  static final class Utimensat {
    static final MethodHandle CALL =
        function("utimensat", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
  }

  static final class Futimens {
    static final MethodHandle CALL = function("futimens", JAVA_INT, JAVA_INT, ADDRESS);
  }

  static final class Lgetxattr {
    static final MethodHandle CALL =
        function("lgetxattr", JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
  }

  static final class Lsetxattr {
    static final MethodHandle CALL =
        function("lsetxattr", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);
  }

  static final class Llistxattr {
    static final MethodHandle CALL = function("llistxattr", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG);
  }

  static final class Lremovexattr {
    static final MethodHandle CALL = function("lremovexattr", JAVA_INT, ADDRESS, ADDRESS);
  }

  static final class Fgetxattr {
    static final MethodHandle CALL =
        function("fgetxattr", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
  }

  static final class Fsetxattr {
    static final MethodHandle CALL =
        function("fsetxattr", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);
  }

  static final class Flistxattr {
    static final MethodHandle CALL =
        function("flistxattr", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  }

  static final class Mount {
    static final MethodHandle CALL =
        function("mount", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
  }

  static final class Umount2 {
    static final MethodHandle CALL = function("umount2", JAVA_INT, ADDRESS, JAVA_INT);
  }

  static final class Unshare {
    static final MethodHandle CALL = function("unshare", JAVA_INT, JAVA_INT);
  }

  static final class Chdir {
    static final MethodHandle CALL = function("chdir", JAVA_INT, ADDRESS);
  }

  static final class Ioctl {
    static final MethodHandle CALL = variadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  }

  static final class CopyFileRange {
    static final MethodHandle CALL =
        function(
            "copy_file_range",
            JAVA_LONG,
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            ADDRESS,
            JAVA_LONG,
            JAVA_INT);
  }

  static final class Syncfs {
    static final MethodHandle CALL = function("syncfs", JAVA_INT, JAVA_INT);
  }

  static final class Fsync {
    static final MethodHandle CALL = function("fsync", JAVA_INT, JAVA_INT);
  }

  static final class Fstatfs {
    static final MethodHandle CALL = function("fstatfs", JAVA_INT, JAVA_INT, ADDRESS);
  }

  static final class Flock {
    static final MethodHandle CALL = function("flock", JAVA_INT, JAVA_INT, JAVA_INT);
  }

  static final class Umask {
    static final MethodHandle CALL = plain("umask", JAVA_INT, JAVA_INT);
  }

  static final class Geteuid {
    static final MethodHandle CALL = plain("geteuid", JAVA_INT);
  }

  private Calls() {}

  private static MethodHandle function(
      String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LIBC.findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        Linker.Option.captureCallState("errno"));
  }

  private static MethodHandle variadic(
      String name, int firstVariadic, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LIBC.findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(firstVariadic));
  }

  private static MethodHandle plain(String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(LIBC.findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  /** Room for errno. */
  static MemorySegment state(Arena arena) {
    return arena.allocate(STATE);
  }

  static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  /** A zero-terminated file name; one with a zero byte inside is refused. */
  static MemorySegment name(Arena arena, String name) {
    byte[] bytes = FileNames.encode(name);
    for (byte b : bytes) {
      if (b == 0) {
        throw new IllegalArgumentException("file name with a zero byte");
      }
    }
    MemorySegment s = arena.allocate(bytes.length + 1L, 1);
    MemorySegment.copy(bytes, 0, s, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return s;
  }

  /** What a handle threw, which can only be a defect of the binding. */
  static AssertionError broken(Throwable t) {
    if (t instanceof Error e) {
      throw e;
    }
    if (t instanceof RuntimeException e) {
      throw e;
    }
    return new AssertionError(t);
  }
}
