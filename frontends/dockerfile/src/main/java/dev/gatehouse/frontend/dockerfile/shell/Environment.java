package dev.gatehouse.frontend.dockerfile.shell;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The variables a word may use. */
public interface Environment {
  /** No variable. */
  Environment EMPTY =
      new Environment() {
        @Override
        public @Nullable String get(String name) {
          return null;
        }

        @Override
        public List<String> names() {
          return List.of();
        }
      };

  /** The value, or null where the variable is not set. */
  @Nullable String get(String name);

  /** The names of all variables, in the order they were set. */
  List<String> names();

  /** Variables out of {@code NAME=VALUE} texts; of several with one name the last counts. */
  static Environment of(List<String> assignments) {
    Map<String, String> values = new LinkedHashMap<>();
    List<String> names = new ArrayList<>(assignments.size());
    for (String assignment : assignments) {
      int equals = assignment.indexOf('=');
      String name = equals < 0 ? assignment : assignment.substring(0, equals);
      names.add(name);
      values.put(name, equals < 0 ? "" : assignment.substring(equals + 1));
    }
    List<String> fixed = List.copyOf(names);
    return new Environment() {
      @Override
      public @Nullable String get(String name) {
        return values.get(name);
      }

      @Override
      public List<String> names() {
        return fixed;
      }
    };
  }
}
