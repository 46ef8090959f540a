package dev.gatehouse.solver.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import sun.misc.Signal;

/**
 * Keeps a hangup of a container's terminal from ending this process. A daemon that leads a session
 * without a terminal, as service managers start it, gets the first terminal it opens as its own,
 * and SIGHUP when that goes away.
 */
final class Hangups {
  private static final AtomicBoolean DONE = new AtomicBoolean();

  private Hangups() {}

  static void survive() throws IOException {
    if (DONE.get()) {
      return;
    }
    // pid (comm) state ppid pgrp session tty_nr ...; the name may contain anything.
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    boolean leads = Long.parseLong(fields[3]) == ProcessHandle.current().pid();
    boolean hasTerminal = !fields[4].equals("0");
    if (leads && !hasTerminal && DONE.compareAndSet(false, true)) {
      // A handler, unlike an ignored signal, is not inherited by the processes of containers.
      Signal.handle(new Signal("HUP"), signal -> {});
    }
  }
}
