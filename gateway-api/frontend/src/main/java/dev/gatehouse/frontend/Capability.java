package dev.gatehouse.frontend;

import java.util.Objects;

/**
 * One capability as a server announces it; absent text is empty.
 *
 * @param id never renamed, such as {@code gateway.exec.signals}
 * @param enabled whether it may be used
 * @param deprecated whether it will go away
 * @param disabledReason a code
 * @param disabledMessage the reason in words
 * @param disabledAlternative what to use instead
 */
public record Capability(
    String id,
    boolean enabled,
    boolean deprecated,
    String disabledReason,
    String disabledMessage,
    String disabledAlternative) {
  public Capability {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(disabledReason, "disabledReason");
    Objects.requireNonNull(disabledMessage, "disabledMessage");
    Objects.requireNonNull(disabledAlternative, "disabledAlternative");
  }

  /** An enabled capability. */
  public static Capability enabled(String id) {
    return new Capability(id, true, false, "", "", "");
  }
}
