package dev.gatehouse.frontend.dockerfile.parse;

import java.util.List;

/**
 * A parser directive: a comment {@code # name = value} at the head of a file.
 *
 * @param name {@code syntax}, {@code escape} or {@code check}
 * @param value without the blanks around it
 * @param location its line
 */
public record Directive(String name, String value, List<Range> location) {
  public Directive {
    location = List.copyOf(location);
  }

  /** The value up to the first blank; what follows are words for the frontend that is named. */
  public String head() {
    int blank = value.indexOf(' ');
    return blank < 0 ? value : value.substring(0, blank);
  }
}
