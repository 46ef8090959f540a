package dev.gatehouse.cli.progress;

/**
 * Draws a build. Called by one thread at a time.
 *
 * <p>{@link #update} takes news, {@link #tick} is called several times a second so that clocks run,
 * {@link #finish} once at the end.
 */
public interface Display {
  void update(Update update);

  default void tick() {}

  /** Draws the last state and puts the terminal back in order. */
  void finish();

  /** Shows nothing. */
  static Display quiet() {
    return new Display() {
      @Override
      public void update(Update update) {}

      @Override
      public void finish() {}
    };
  }
}
