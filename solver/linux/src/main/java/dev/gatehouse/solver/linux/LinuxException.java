package dev.gatehouse.solver.linux;

import java.io.IOException;

/** A failed system call: which, on what, and errno. */
public final class LinuxException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final String subject;
  private final int errno;

  public LinuxException(String call, String subject, int errno) {
    super(
        call
            + (subject.isEmpty() ? "" : " " + subject)
            + ": "
            + Errno.message(errno)
            + " ("
            + Errno.name(errno)
            + ")");
    this.call = call;
    this.subject = subject;
    this.errno = errno;
  }

  /** The system call, for example {@code openat2}. */
  public String call() {
    return call;
  }

  /** The path or name it was about; may be empty. */
  public String subject() {
    return subject;
  }

  /** The error number, one of {@link Errno}. */
  public int errno() {
    return errno;
  }

  public boolean is(int number) {
    return errno == number;
  }

  /** Whether the disk or the quota is full. */
  public boolean isNoSpace() {
    return errno == Errno.ENOSPC || errno == Errno.EDQUOT;
  }
}
