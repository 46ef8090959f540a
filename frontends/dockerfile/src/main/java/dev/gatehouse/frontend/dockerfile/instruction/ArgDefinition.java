package dev.gatehouse.frontend.dockerfile.instruction;

import org.jspecify.annotations.Nullable;

/**
 * One name of an ARG.
 *
 * @param value the default, null if there is none
 * @param description what the comment before the instruction says of this name, or empty
 */
public record ArgDefinition(String key, @Nullable String value, String description) {
  /** The default, or nothing. */
  public String valueOrEmpty() {
    return value == null ? "" : value;
  }

  @Override
  public String toString() {
    return key + "=" + valueOrEmpty();
  }
}
