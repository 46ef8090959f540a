package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import java.util.ArrayList;
import java.util.List;

/**
 * A pair of ENV or LABEL.
 *
 * @param legacy whether it was written with a blank in place of {@code =}
 */
public record KeyValue(String key, String value, boolean legacy) {
  static List<KeyValue> expanded(List<KeyValue> pairs, Instruction.Expander expander)
      throws DockerfileException {
    List<KeyValue> result = new ArrayList<>(pairs.size());
    for (KeyValue pair : pairs) {
      result.add(new KeyValue(expander.expand(pair.key), expander.expand(pair.value), pair.legacy));
    }
    return result;
  }

  @Override
  public String toString() {
    return key + "=" + value;
  }
}
