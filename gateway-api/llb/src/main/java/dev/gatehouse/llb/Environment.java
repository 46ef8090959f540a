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
 * a variable and asking for one take the same time whatever came before. A second state that grows
 * from the same one takes a copy, of what still counts; so does a state whose list would be mostly
 * of settings that no longer count, so that listing the variables takes time by their number only.
 */
final class Environment {
  static final Environment EMPTY = new Environment(new History(), 0);

  private final History settings;

  /** How many of the settings count here. */
  private final int size;

  /** Made on first use; racing threads make equal ones. */
  private volatile @Nullable List<String> list;

  /** How long a list may be whatever it holds: below this, copying costs more than it saves. */
  private static final int ROOM = 32;

  /** A setting of a variable. */
  private static final class Setting {
    final String key;
    final String value;
    final String joined;

    /** Where the variable is set again. Guarded by the history. */
    int replaced = Integer.MAX_VALUE;

    Setting(String key, String value, String joined) {
      this.key = key;
      this.value = value;
      this.joined = joined;
    }

    /** The same setting for another history. */
    Setting copy() {
      return new Setting(key, value, joined);
    }
  }

  /** Settings in order, and where each variable is in them. Guarded by itself. */
  private static final class History {
    private final List<Setting> all = new ArrayList<>();

    /** Places of a variable in rising order; the first element is their number. */
    private final Map<String, int[]> places = new HashMap<>();

    void add(Setting setting) {
      int[] known = places.get(setting.key);
      if (known == null) {
        places.put(setting.key, new int[] {1, all.size()});
      } else {
        all.get(known[known[0]]).replaced = all.size();
        if (known[0] + 1 == known.length) {
          known = Arrays.copyOf(known, known.length * 2);
          places.put(setting.key, known);
        }
        known[++known[0]] = all.size();
      }
      all.add(setting);
    }

    /** Whether most of the settings were replaced by later ones. */
    boolean isStale() {
      return all.size() > ROOM && all.size() > 2 * places.size();
    }

    /** The settings below a size that no later one replaces. */
    List<Setting> counting(int size) {
      List<Setting> counting = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        if (all.get(i).replaced >= size) {
          counting.add(all.get(i));
        }
      }
      return counting;
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
    Setting setting = new Setting(key, value, key + "=" + value);
    History copy = new History();
    synchronized (settings) {
      if (size > 0 && settings.all.size() == size && !settings.isStale()) {
        settings.add(setting);
        return new Environment(settings, size + 1);
      }
      settings.counting(size).forEach(one -> copy.add(one.copy()));
    }
    copy.add(setting);
    return new Environment(copy, copy.all.size());
  }

  @Nullable String get(String key) {
    synchronized (settings) {
      int last = settings.last(key, size);
      return last < 0 ? null : settings.all.get(last).value;
    }
  }

  /** How many settings {@link #toList} looks at. */
  int kept() {
    return size;
  }

  /** Variables in the form {@code NAME=value}, in order of their last setting. */
  List<String> toList() {
    List<String> made = list;
    if (made == null) {
      synchronized (settings) {
        made = settings.counting(size).stream().map(setting -> setting.joined).toList();
      }
      list = made;
    }
    return made;
  }
}
