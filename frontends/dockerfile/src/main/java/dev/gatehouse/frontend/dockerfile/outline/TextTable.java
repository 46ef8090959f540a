package dev.gatehouse.frontend.dockerfile.outline;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Text in columns, laid out as Go's tabwriter does with blanks: a column is as wide as its widest
 * cell in neighbouring rows, plus padding; what stands behind the last tab of a row is in no
 * column.
 */
final class TextTable {
  private final int padding;
  private final StringBuilder text = new StringBuilder();

  TextTable(int padding) {
    this.padding = padding;
  }

  void row(String... cells) {
    text.append(String.join("\t", cells)).append('\n');
  }

  byte[] bytes() {
    return toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    List<String[]> rows = new ArrayList<>();
    for (String line : text.toString().split("\n", -1)) {
      rows.add(line.split("\t", -1));
    }
    // What is behind the last line feed is no row.
    rows.remove(rows.size() - 1);
    StringBuilder out = new StringBuilder();
    layOut(rows, 0, rows.size(), new ArrayList<>(), out);
    return out.toString();
  }

  private void layOut(
      List<String[]> rows, int from, int to, List<Integer> widths, StringBuilder out) {
    int column = widths.size();
    int next = from;
    for (int row = from; row < to; row++) {
      if (column >= rows.get(row).length - 1) {
        continue;
      }
      write(rows, next, row, widths, out);
      int width = 0;
      int end = row;
      while (end < to && column < rows.get(end).length - 1) {
        String cell = rows.get(end)[column];
        width = Math.max(width, cell.codePointCount(0, cell.length()) + padding);
        end++;
      }
      widths.add(width);
      layOut(rows, row, end, widths, out);
      widths.remove(column);
      next = end;
      row = end - 1;
    }
    write(rows, next, to, widths, out);
  }

  private static void write(
      List<String[]> rows, int from, int to, List<Integer> widths, StringBuilder out) {
    for (int row = from; row < to; row++) {
      String[] cells = rows.get(row);
      for (int i = 0; i < cells.length; i++) {
        out.append(cells[i]);
        if (i < widths.size() && i < cells.length) {
          int blanks = widths.get(i) - cells[i].codePointCount(0, cells[i].length());
          out.append(" ".repeat(Math.max(blanks, 0)));
        }
      }
      out.append('\n');
    }
  }
}
