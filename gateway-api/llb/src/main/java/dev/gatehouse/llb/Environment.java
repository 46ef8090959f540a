package dev.gatehouse.llb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The environment variables of a state.
 *
 * <p>A variable set again moves to the end, as in BuildKit. States that grow from each other share
 * one list of settings, each seeing as many of them as there were when it was made, so that setting
 * a variable and asking for one take the same time whatever came before. Only a second state that
 * grows from the same one takes a copy.
 */
final class Environment {
  static final Environment EMPTY = new Environment(new History(), 0);

  private final History settings;

  /** How many of the settings count here. */
  private final int size;

  /** Made on first use; racing threads make equal ones. */
  private volatile @Nullable List<String> list;

  private record Setting(String key, String value) {}

  /** Settings in order, and where each variable is in them. Guarded by itself. */
  private static final class History {
    private final List<Setting> all = new ArrayList<>();

    /** Places of a variable in rising order; the first element is their number. */
    private final Map<String, int[]> places = new HashMap<>();

    void add(Setting setting) {
      int[] known = places.get(setting.key());
      if (known == null) {
        places.put(setting.key(), new int[] {1, all.size()});
      } else {
        if (known[0] + 1 == known.length) {
          known = Arrays.copyOf(known, known.length * 2);
          places.put(setting.key(), known);
        }
        known[++known[0]] = all.size();
      }
      all.add(setting);
    }

    /** The last place of a variable below a size; -1 if there is none. */
    int last(String key, int size) {
      int[] known = places.get(key);
      if (known == null) {
        return -1;
      }
      int found = Arrays.binarySearch(known, 1, known[0] + 1, size);
      int before = (found < 0 ? -found - 1 : found) - 1;
      return before == 0 ? -1 : known[before];
    }
  }

  private Environment(History settings, int size) {
    this.settings = settings;
    this.size = size;
  }

  Environment with(String key, String value) {
    Setting setting = new Setting(key, value);
    if (size > 0) {
      synchronized (settings) {
        if (settings.all.size() == size) {
          settings.add(setting);
          return new Environment(settings, size + 1);
        }
      }
    }
    History copy = new History();
    synchronized (settings) {
      settings.all.subList(0, size).forEach(copy::add);
    }
    copy.add(setting);
    return new Environment(copy, size + 1);
  }

  @Nullable String get(String key) {
    synchronized (settings) {
      int last = settings.last(key, size);
      return last < 0 ? null : settings.all.get(last).value();
    }
  }

  /** Variables in the form {@code NAME=value}, in order of their last setting. */
  List<String> toList() {
    List<String> made = list;
    if (made == null) {
      List<String> variables = new ArrayList<>();
      synchronized (settings) {
        for (int i = 0; i < size; i++) {
          Setting setting = settings.all.get(i);
          if (settings.last(setting.key(), size) == i) {
            variables.add(setting.key() + "=" + setting.value());
          }
        }
      }
      made = List.copyOf(variables);
      list = made;
    }
    return made;
  }
}
