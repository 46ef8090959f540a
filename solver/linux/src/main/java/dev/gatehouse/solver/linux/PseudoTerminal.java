package dev.gatehouse.solver.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** The master side of a pseudo-terminal (pts(4)) and the name of its other side. */
public final class PseudoTerminal implements AutoCloseable {
  private static final int O_NOCTTY = 0400;
  private static final long TIOCSPTLCK = 0x40045431L;
  private static final long TIOCGPTN = 0x80045430L;
  private static final long TIOCSWINSZ = 0x5414L;

  /** Device numbers of the terminals' sides of pseudo-terminals. */
  private static final int FIRST_MAJOR = 136;

  private static final int LAST_MAJOR = 143;

  private final OpenFile master;
  private final Path terminal;

  private PseudoTerminal(OpenFile master, Path terminal) {
    this.master = master;
    this.terminal = terminal;
  }

  /** Makes a new terminal. */
  public static PseudoTerminal open() throws LinuxException {
    OpenFile master = OpenFile.open(Path.of("/dev/ptmx"), OpenFile.O_RDWR | O_NOCTTY, 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(JAVA_INT);
      number.set(JAVA_INT, 0, 0);
      ioctl(master, TIOCSPTLCK, number);
      ioctl(master, TIOCGPTN, number);
      return new PseudoTerminal(master, Path.of("/dev/pts/" + number.get(JAVA_INT, 0)));
    } catch (LinuxException e) {
      master.close();
      throw e;
    }
  }

  /** The side that a process gets as its terminal. */
  public Path terminal() {
    return terminal;
  }

  /** What is written to the terminal; fails with EIO when nobody has the other side open. */
  public InputStream inputStream() {
    return master.inputStream();
  }

  /** What is typed into the terminal. */
  public OutputStream outputStream() {
    return master.outputStream();
  }

  /** Sets its size; the processes that have it as their terminal get SIGWINCH. */
  public void resize(int rows, int columns) throws LinuxException {
    resize(master, rows, columns);
  }

  /**
   * Sets the size of a terminal that another process has open.
   *
   * @param path such as {@code /proc/<pid>/fd/0}; a stranger may have put anything there, and what
   *     is no pseudo-terminal is left alone
   * @return whether it was one
   */
  public static boolean resize(Path path, int rows, int columns) throws LinuxException {
    try (OpenFile file = OpenFile.open(path, OpenFile.O_RDWR | O_NOCTTY | OpenFile.O_NONBLOCK, 0)) {
      FileStatus status = file.status();
      boolean terminal =
          status.type() == FileStatus.S_IFCHR
              && status.deviceMajor() >= FIRST_MAJOR
              && status.deviceMajor() <= LAST_MAJOR;
      if (terminal) {
        resize(file, rows, columns);
      }
      return terminal;
    }
  }

  private static void resize(OpenFile file, int rows, int columns) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(8, 2);
      size.set(JAVA_SHORT, 0, (short) rows);
      size.set(JAVA_SHORT, 2, (short) columns);
      ioctl(file, TIOCSWINSZ, size);
    }
  }

  private static void ioctl(OpenFile file, long request, MemorySegment argument)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Calls.state(arena);
      int rc = (int) Calls.Ioctl.CALL.invokeExact(state, file.fd(), request, argument.address());
      Descriptor.check(rc, state, "ioctl", "terminal");
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw Calls.broken(t);
    }
  }

  @Override
  public void close() {
    master.close();
  }
}
