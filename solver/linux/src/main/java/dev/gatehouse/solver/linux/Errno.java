package dev.gatehouse.solver.linux;

import java.util.Map;

/** Error numbers of Linux, as on x86-64 and AArch64. */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int ENXIO = 6;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int EXDEV = 18;
  public static final int ENODEV = 19;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int EMFILE = 24;
  public static final int ENOTTY = 25;
  public static final int ETXTBSY = 26;
  public static final int EFBIG = 27;
  public static final int ENOSPC = 28;
  public static final int EROFS = 30;
  public static final int EMLINK = 31;
  public static final int ERANGE = 34;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int ENOTEMPTY = 39;
  public static final int ELOOP = 40;
  public static final int ENODATA = 61;
  public static final int EOPNOTSUPP = 95;
  public static final int EDQUOT = 122;

  private record Text(String name, String message) {}

  private static final Map<Integer, Text> TEXTS =
      Map.ofEntries(
          Map.entry(EPERM, new Text("EPERM", "operation not permitted")),
          Map.entry(ENOENT, new Text("ENOENT", "no such file or directory")),
          Map.entry(EINTR, new Text("EINTR", "interrupted system call")),
          Map.entry(EIO, new Text("EIO", "input/output error")),
          Map.entry(ENXIO, new Text("ENXIO", "no such device or address")),
          Map.entry(EBADF, new Text("EBADF", "bad file descriptor")),
          Map.entry(EAGAIN, new Text("EAGAIN", "resource temporarily unavailable")),
          Map.entry(ENOMEM, new Text("ENOMEM", "cannot allocate memory")),
          Map.entry(EACCES, new Text("EACCES", "permission denied")),
          Map.entry(EBUSY, new Text("EBUSY", "device or resource busy")),
          Map.entry(EEXIST, new Text("EEXIST", "file exists")),
          Map.entry(EXDEV, new Text("EXDEV", "invalid cross-device link")),
          Map.entry(ENODEV, new Text("ENODEV", "no such device")),
          Map.entry(ENOTDIR, new Text("ENOTDIR", "not a directory")),
          Map.entry(EISDIR, new Text("EISDIR", "is a directory")),
          Map.entry(EINVAL, new Text("EINVAL", "invalid argument")),
          Map.entry(EMFILE, new Text("EMFILE", "too many open files")),
          Map.entry(ENOTTY, new Text("ENOTTY", "inappropriate ioctl for device")),
          Map.entry(ETXTBSY, new Text("ETXTBSY", "text file busy")),
          Map.entry(EFBIG, new Text("EFBIG", "file too large")),
          Map.entry(ENOSPC, new Text("ENOSPC", "no space left on device")),
          Map.entry(EROFS, new Text("EROFS", "read-only file system")),
          Map.entry(EMLINK, new Text("EMLINK", "too many links")),
          Map.entry(ERANGE, new Text("ERANGE", "numerical result out of range")),
          Map.entry(ENAMETOOLONG, new Text("ENAMETOOLONG", "file name too long")),
          Map.entry(ENOSYS, new Text("ENOSYS", "function not implemented")),
          Map.entry(ENOTEMPTY, new Text("ENOTEMPTY", "directory not empty")),
          Map.entry(ELOOP, new Text("ELOOP", "too many levels of symbolic links")),
          Map.entry(ENODATA, new Text("ENODATA", "no data available")),
          Map.entry(EOPNOTSUPP, new Text("EOPNOTSUPP", "operation not supported")),
          Map.entry(EDQUOT, new Text("EDQUOT", "disk quota exceeded")));

  private Errno() {}

  /** The constant's name, or {@code errno N} for one not listed here. */
  public static String name(int errno) {
    Text t = TEXTS.get(errno);
    return t == null ? "errno " + errno : t.name();
  }

  /** The sentence of strerror(3) in lower case. */
  public static String message(int errno) {
    Text t = TEXTS.get(errno);
    return t == null ? "error " + errno : t.message();
  }
}
