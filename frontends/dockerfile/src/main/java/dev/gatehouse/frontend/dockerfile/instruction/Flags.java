package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.Mistakes;
import dev.gatehouse.frontend.dockerfile.parse.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The flags of one instruction, read by what it declares.
 *
 * <p>Not safe for use by several threads; lives as long as an instruction is read.
 */
final class Flags {
  private enum Kind {
    BOOLEAN,
    TEXT,
    LIST
  }

  private final Map<String, Kind> declared = new LinkedHashMap<>();
  private final Map<String, List<String>> used = new LinkedHashMap<>();

  Flags bool(String... names) {
    return declare(Kind.BOOLEAN, names);
  }

  Flags text(String... names) {
    return declare(Kind.TEXT, names);
  }

  Flags list(String... names) {
    return declare(Kind.LIST, names);
  }

  private Flags declare(Kind kind, String... names) {
    for (String name : names) {
      declared.put(name, kind);
    }
    return this;
  }

  /** Reads flags as written, all of them: the error tells of each that is wrong. */
  Flags read(List<String> flags) throws DockerfileException {
    Mistakes mistakes = new Mistakes();
    for (String flag : flags) {
      if (flag.equals("--")) {
        break;
      }
      try {
        read(flag);
      } catch (DockerfileException e) {
        mistakes.add(e);
      }
    }
    mistakes.throwFirst();
    return this;
  }

  private void read(String flag) throws DockerfileException {
    if (!flag.startsWith("--")) {
      throw new DockerfileException("arg should start with -- : " + flag);
    }
    int equals = flag.indexOf('=');
    String written = equals < 0 ? flag : flag.substring(0, equals);
    String name = written.substring(2);
    String value = equals < 0 ? null : flag.substring(equals + 1);
    Kind kind = declared.get(name);
    if (kind == null) {
      throw Suggestion.suggest(
          new DockerfileException("unknown flag: " + written).withHint(known()),
          name,
          declared.keySet(),
          true);
    }
    if (kind != Kind.LIST && used.containsKey(name)) {
      throw new DockerfileException("duplicate flag specified: " + written)
          .withHint(written + " can be given once");
    }
    used.computeIfAbsent(name, key -> new ArrayList<>()).add(checked(kind, written, value));
  }

  private static String checked(Kind kind, String written, @Nullable String value)
      throws DockerfileException {
    if (kind == Kind.BOOLEAN) {
      if (value == null) {
        return "true";
      }
      String lower = value.toLowerCase(Locale.ROOT);
      if (lower.isEmpty()) {
        throw new DockerfileException("missing a value on flag: " + written)
            .withHint("write " + written + " or " + written + "=true");
      }
      if (!lower.equals("true") && !lower.equals("false")) {
        throw new DockerfileException(
                "expecting boolean value for flag " + written + ", not: " + value)
            .withHint("write " + written + "=true or " + written + "=false");
      }
      return lower;
    }
    if (value == null) {
      throw new DockerfileException("missing a value on flag: " + written)
          .withHint("write " + written + "=VALUE");
    }
    return value;
  }

  private String known() {
    if (declared.isEmpty()) {
      return "this instruction has no flags";
    }
    StringBuilder out = new StringBuilder("flags of this instruction are");
    String separator = " ";
    for (String name : declared.keySet()) {
      out.append(separator).append("--").append(name);
      separator = ", ";
    }
    return out.toString();
  }

  boolean isUsed(String name) {
    return used.containsKey(name);
  }

  /** Names of flags that were given, in order of first use. */
  List<String> names() {
    return List.copyOf(used.keySet());
  }

  /** A boolean flag; false if not given. */
  boolean isTrue(String name) {
    return value(name).equals("true");
  }

  /** A boolean flag; null if not given. */
  @Nullable Boolean given(String name) {
    return isUsed(name) ? Boolean.valueOf(isTrue(name)) : null;
  }

  /** A text flag; empty if not given. */
  String value(String name) {
    List<String> values = used.get(name);
    return values == null ? "" : values.get(0);
  }

  /** A list flag. */
  List<String> values(String name) {
    return used.getOrDefault(name, List.of());
  }
}
