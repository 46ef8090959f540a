package dev.gatehouse.llb;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The environment variables of a state: a list that grows at one end and shares the rest.
 *
 * <p>A variable set again moves to the end, as in BuildKit.
 */
final class Environment {
  static final Environment EMPTY = new Environment(null, "", "");

  private final @Nullable Environment parent;
  private final String key;
  private final String value;

  /** Made on first use; racing threads make equal ones. */
  private volatile @Nullable Map<String, String> values;

  private volatile @Nullable List<String> list;

  private Environment(@Nullable Environment parent, String key, String value) {
    this.parent = parent;
    this.key = key;
    this.value = value;
  }

  Environment with(String key, String value) {
    return new Environment(this, key, value);
  }

  @Nullable String get(String key) {
    return values().get(key);
  }

  /** Variables in the form {@code NAME=value}, in order of their last setting. */
  List<String> toList() {
    List<String> made = list;
    if (made == null) {
      values();
      made = list;
    }
    return made == null ? List.of() : made;
  }

  private Map<String, String> values() {
    Map<String, String> made = values;
    if (made == null) {
      made = new HashMap<>();
      List<String> variables = new ArrayList<>();
      for (Environment e = this; e.parent != null; e = e.parent) {
        if (made.putIfAbsent(e.key, e.value) == null) {
          variables.add(e.key + "=" + e.value);
        }
      }
      Collections.reverse(variables);
      list = Collections.unmodifiableList(variables);
      values = made;
    }
    return made;
  }
}
