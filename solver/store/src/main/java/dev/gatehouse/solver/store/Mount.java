package dev.gatehouse.solver.store;

import java.util.List;
import java.util.Objects;

/**
 * One mount, in the terms of mount(8): what to mount, not where.
 *
 * @param type {@code bind}, {@code overlay}, {@code tmpfs}...
 * @param source the device or directory; for overlay the word {@code overlay}
 * @param options as in fstab, for example {@code rbind}, {@code ro}, {@code lowerdir=...}
 */
public record Mount(String type, String source, List<String> options) {
  public Mount {
    Objects.requireNonNull(type);
    Objects.requireNonNull(source);
    options = List.copyOf(options);
  }

  /** A bind of a directory or file. */
  public static Mount bind(String source, boolean readonly) {
    return new Mount("bind", source, List.of("rbind", readonly ? "ro" : "rw"));
  }

  public boolean isBind() {
    return type.equals("bind");
  }

  public boolean isReadonly() {
    return options.contains("ro");
  }
}
