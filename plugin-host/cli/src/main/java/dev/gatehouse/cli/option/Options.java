package dev.gatehouse.cli.option;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** How options are described, and what was given for them. */
public final class Options {
  private Options() {}

  public static OptionSpec flag(String description, String... names) {
    return OptionSpec.builder(names[0], rest(names))
        .type(boolean.class)
        .description(description)
        .build();
  }

  public static OptionSpec value(String label, String description, String... names) {
    return OptionSpec.builder(names[0], rest(names))
        .type(String.class)
        .paramLabel(label)
        .description(description)
        .build();
  }

  public static OptionSpec values(String label, String description, String... names) {
    return OptionSpec.builder(names[0], rest(names))
        .type(List.class)
        .auxiliaryTypes(String.class)
        .paramLabel(label)
        .description(description)
        .build();
  }

  private static String[] rest(String[] names) {
    return java.util.Arrays.copyOfRange(names, 1, names.length);
  }

  public static boolean isSet(CommandSpec spec, String option) {
    Boolean value = spec.findOption(option).getValue();
    return value != null && value;
  }

  public static @Nullable String get(CommandSpec spec, String option) {
    return spec.findOption(option).getValue();
  }

  public static String get(CommandSpec spec, String option, String otherwise) {
    String value = get(spec, option);
    return value == null ? otherwise : value;
  }

  public static List<String> all(CommandSpec spec, String option) {
    List<String> values = spec.findOption(option).getValue();
    return values == null ? List.of() : List.copyOf(values);
  }

  /** A variable of the environment that stands in for an option; null where unset or empty. */
  public static @Nullable String environment(String name) {
    String value = System.getenv(name);
    return value == null || value.isEmpty() ? null : value;
  }
}
