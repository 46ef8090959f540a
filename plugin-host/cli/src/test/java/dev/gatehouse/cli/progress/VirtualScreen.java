package dev.gatehouse.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** As much of a terminal as the live display uses. */
final class VirtualScreen extends OutputStream implements LiveDisplay.Size {
  private int columns;
  private final int rows;
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
  private final List<StringBuilder> lines = new ArrayList<>();
  private int row;
  private boolean cursor = true;

  VirtualScreen(int columns, int rows) {
    this.columns = columns;
    this.rows = rows;
    lines.add(new StringBuilder());
  }

  @Override
  public int columns() {
    return columns;
  }

  @Override
  public int rows() {
    return rows;
  }

  /** Makes the terminal narrower, which breaks the lines that stand there. */
  void narrow(int to) {
    columns = to;
    for (int i = 0; i < lines.size(); i++) {
      StringBuilder line = lines.get(i);
      if (Screen.width(line.toString()) > columns) {
        lines.add(i + 1, new StringBuilder(line.substring(columns)));
        line.setLength(columns);
        row += i < row ? 1 : 0;
      }
    }
  }

  boolean cursorVisible() {
    return cursor;
  }

  @Override
  public void write(int b) {
    pending.write(b);
  }

  String text() {
    StringBuilder all = new StringBuilder();
    lines.subList(0, row).forEach(l -> all.append(l.toString().stripTrailing()).append('\n'));
    return all.toString();
  }

  @Override
  public void flush() {
    String text = pending.toString(StandardCharsets.UTF_8);
    pending.reset();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\u001b') {
        int end = i + 2;
        while (text.charAt(end) < 0x40) {
          end++;
        }
        control(text.substring(i + 2, end), text.charAt(end));
        i = end;
      } else if (c == '\n') {
        row++;
        if (row == lines.size()) {
          lines.add(new StringBuilder());
        }
      } else if (c != '\r') {
        lines.get(row).append(c);
      }
    }
  }

  private void control(String arguments, char kind) {
    switch (kind) {
      case 'A' -> row -= Integer.parseInt(arguments);
      case 'K' -> lines.get(row).setLength(0);
      case 'J' -> {
        // Terminals that erase everything at once keep it in what can be scrolled back to.
        assertThat(row).isPositive();
        while (lines.size() > row) {
          lines.removeLast();
        }
        lines.add(new StringBuilder());
      }
      case 'h', 'l' -> {
        if (arguments.equals("?25")) {
          cursor = kind == 'h';
        }
      }
      default -> throw new AssertionError("ESC [ " + arguments + kind);
    }
  }
}
