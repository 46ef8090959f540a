package dev.gatehouse.cli;

import dev.gatehouse.cli.progress.LiveDisplay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** What standard error is connected to; asks a terminal for its size. */
final class Terminal implements LiveDisplay.Size, AutoCloseable {
  private final org.jline.terminal.@Nullable Terminal terminal;

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
            .signalHandler(org.jline.terminal.Terminal.SignalHandler.SIG_DFL)
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
    int columns = terminal == null ? 0 : terminal.getWidth();
    return columns > 0 ? columns : 80;
  }

  @Override
  public int rows() {
    int rows = terminal == null ? 0 : terminal.getHeight();
    return rows > 0 ? rows : 24;
  }

  @Override
  public void close() throws IOException {
    if (terminal != null) {
      terminal.close();
    }
  }
}
