package dev.gatehouse.cli;

import dev.gatehouse.cli.progress.LiveDisplay;
import java.io.IOError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntConsumer;
import java.util.function.ToIntFunction;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** What standard error is connected to; asks a terminal for its size. */
final class Terminal implements LiveDisplay.Size, AutoCloseable {
  private final org.jline.terminal.@Nullable Terminal terminal;
  private int lastColumns = 80;
  private int lastRows = 24;

  private Terminal(org.jline.terminal.@Nullable Terminal terminal) {
    this.terminal = terminal;
  }

  static Terminal ofStandardError() throws IOException {
    if (!isTerminal(2) || "dumb".equals(System.getenv("TERM"))) {
      return new Terminal(null);
    }
    return new Terminal(
        TerminalBuilder.builder()
            .system(true)
            .systemOutput(TerminalBuilder.SystemOutput.SysErr)
            .nativeSignals(false) // Ctrl-C runs the JVM's hooks: see Interruption.
            .dumb(true)
            .build());
  }

  private static boolean isTerminal(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException e) {
      return false;
    }
  }

  boolean isTerminal() {
    return terminal != null;
  }

  @Override
  public int columns() {
    return size(
        org.jline.terminal.Terminal::getWidth, lastColumns, columns -> lastColumns = columns);
  }

  @Override
  public int rows() {
    return size(org.jline.terminal.Terminal::getHeight, lastRows, rows -> lastRows = rows);
  }

  /** Asks the terminal, which closes itself when the process ends: then the last answer holds. */
  private int size(
      ToIntFunction<org.jline.terminal.Terminal> question, int last, IntConsumer answer) {
    if (terminal == null) {
      return last;
    }
    try {
      int size = question.applyAsInt(terminal);
      if (size > 0) {
        answer.accept(size);
        return size;
      }
      return last;
    } catch (IllegalStateException | IOError e) {
      return last;
    }
  }

  @Override
  public void close() throws IOException {
    if (terminal != null) {
      terminal.close();
    }
  }
}
