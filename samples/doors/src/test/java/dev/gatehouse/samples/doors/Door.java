package dev.gatehouse.samples.doors;

import dev.gatehouse.llb.json.Json;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A way by which a frontend is reached. */
interface Door {

  /** What a build gave. */
  record Built(Map<String, String> files, Map<String, Object> config, Map<String, String> steps) {}

  /**
   * Builds a folder.
   *
   * @param file in the folder; says which frontend
   * @return files of the image, the part of its config that says how it runs, and the digests of
   *     its operations by name
   */
  Built build(Path folder, String file) throws Exception;

  /** Runs a build, however it ends. */
  Command.Outcome run(Path folder, String file, List<String> more) throws Exception;

  /** What an image's config says of how it runs, with nothing for what is empty. */
  static Map<String, Object> running(Map<?, ?> config) {
    Map<String, Object> running = new LinkedHashMap<>();
    for (String key : List.of("Env", "Entrypoint", "Cmd", "User", "WorkingDir", "Labels")) {
      Object value = config.get(key);
      boolean nothing =
          value == null
              || value.equals("")
              || value instanceof List<?> list && list.isEmpty()
              || value instanceof Map<?, ?> map && map.isEmpty();
      if (!nothing) {
        running.put(key, value);
      }
    }
    return running;
  }

  /** The digests of operations in {@code --progress rawjson}. */
  static Map<String, String> stepsOfJson(String progress) {
    Map<String, String> steps = new LinkedHashMap<>();
    for (String line : progress.lines().filter(l -> l.startsWith("{")).toList()) {
      if (((Map<?, ?>) Json.parse(line)).get("vertexes") instanceof List<?> vertexes) {
        for (Object vertex : vertexes) {
          Map<?, ?> members = (Map<?, ?>) vertex;
          steps.put(String.valueOf(members.get("name")), String.valueOf(members.get("digest")));
        }
      }
    }
    return steps;
  }

  /** The digests of operations in the plain progress of Docker's clients of 2020. */
  static Map<String, String> stepsOfText(String progress) {
    Map<String, String> steps = new LinkedHashMap<>();
    Matcher step =
        Pattern.compile("(?m)^#(\\d+) (.+)\n#\\1 (sha256:[0-9a-f]{64})$").matcher(progress);
    while (step.find()) {
      steps.put(step.group(2), step.group(3));
    }
    return steps;
  }
}
