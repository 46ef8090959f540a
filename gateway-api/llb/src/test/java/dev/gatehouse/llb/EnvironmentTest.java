package dev.gatehouse.llb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
  @Test
  void agreesWithMapsHoweverStatesBranch() {
    Random random = new Random(7);
    List<Environment> environments = new ArrayList<>(List.of(Environment.EMPTY));
    List<Map<String, String>> expected = new ArrayList<>(List.of(Map.of()));
    for (int i = 0; i < 5_000; i++) {
      int from =
          random.nextInt(4) == 0 ? random.nextInt(environments.size()) : environments.size() - 1;
      String key = "K" + random.nextInt(random.nextBoolean() ? 3 : 12);
      environments.add(environments.get(from).with(key, "v" + i));
      Map<String, String> map = new LinkedHashMap<>(expected.get(from));
      map.remove(key);
      map.put(key, "v" + i);
      expected.add(map);
    }
    for (int i = 0; i < environments.size(); i++) {
      List<String> list = new ArrayList<>();
      expected.get(i).forEach((key, value) -> list.add(key + "=" + value));
      assertThat(environments.get(i).toList()).isEqualTo(list);
      for (int key = 0; key < 12; key++) {
        assertThat(environments.get(i).get("K" + key)).isEqualTo(expected.get(i).get("K" + key));
      }
    }
  }

  /** Listing looks at what is kept: with all of it, a list for each step would be quadratic. */
  @Test
  void forgetsWhatWasSetAgain() {
    Environment environment = Environment.EMPTY.with("FIRST", "1").with("SECOND", "2");
    for (int i = 0; i < 10_000; i++) {
      environment = environment.with("AGAIN", "v" + i);
      assertThat(environment.kept()).isLessThan(40);
    }
    assertThat(environment.toList()).containsExactly("FIRST=1", "SECOND=2", "AGAIN=v9999");
  }
}
