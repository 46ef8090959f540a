package dev.gatehouse.cli.progress;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** As much of a terminal as the live display uses. */
final class VirtualScreen extends OutputStream implements LiveDisplay.Size {
  private final int columns;
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
      case 'J' -> {
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
