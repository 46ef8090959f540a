package dev.gatehouse.solver.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Signals to other processes, by kill(2). */
public final class Signals {
  public static final int SIGKILL = 9;
  public static final int SIGTERM = 15;

  private static final int ESRCH = 3;

  private static final MethodHandle KILL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("kill"),
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT),
              Linker.Option.captureCallState("errno"));

  private Signals() {}

  /** Sends a signal to one process; returns whether there was such a process. */
  public static boolean send(long pid, int signal) throws LinuxException {
    if (pid <= 1 || pid > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("not the number of a process: " + pid);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Calls.state(arena);
      if ((int) KILL.invokeExact(state, (int) pid, signal) == 0) {
        return true;
      }
      int errno = Calls.errno(state);
      if (errno == ESRCH) {
        return false;
      }
      throw new LinuxException("kill", Long.toString(pid), errno);
    } catch (LinuxException | RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      throw Calls.broken(t);
    }
  }
}
