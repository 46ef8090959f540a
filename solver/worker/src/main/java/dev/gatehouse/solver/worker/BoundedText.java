package dev.gatehouse.solver.worker;

/**
 * A text to match regular expressions of clients against. Java's matcher tries alternatives one
 * after the other and heeds no interruption: an expression such as {@code (a+)+b} would keep a core
 * busy for ever. It gives up when it has looked at this text too often.
 */
final class BoundedText implements CharSequence {
  private static final int MAX_LOOKS = 2_000_000;

  /** Matching took too long. */
  static final class ExhaustedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ExhaustedException() {
      super("matching takes too long");
    }
  }

  private final String text;
  private int looks;

  BoundedText(String text) {
    this.text = text;
  }

  @Override
  public char charAt(int index) {
    if (++looks > MAX_LOOKS) {
      throw new ExhaustedException();
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.substring(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}
