package dev.gatehouse.samples.doors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Something to build, in the language of a frontend.
 *
 * @param name of the frontend
 * @param file that says what is built; {@code BASE} and {@code REGISTRY} in it stand for the base
 *     image and the registry
 * @param text of the file, without the line that says which frontend
 * @param others files beside it
 * @param step the name of an operation that depends on no file of the client: it must have one
 *     digest wherever the frontend runs
 */
record Sample(String name, String file, String text, Map<String, String> others, String step) {

  /** What a project's module leaves: the plugin. */
  static Path plugin(String name) {
    return name.equals("dockerfile")
        ? Path.of("../../frontends/dockerfile/target/gatehouse-frontend-dockerfile-plugin.zip")
        : Path.of("../%s/target/gatehouse-sample-%1$s-plugin.zip".formatted(name));
  }

  /** Writes the folder to build. */
  Path write(Path folder, String syntax, String registry) throws IOException {
    for (Map.Entry<String, String> other : others.entrySet()) {
      put(folder.resolve(other.getKey()), other.getValue(), registry);
    }
    put(folder.resolve(file), "# syntax=" + syntax + "\n" + text, registry);
    return folder;
  }

  private static void put(Path file, String text, String registry) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(
        file, text.replace("BASE", registry + "/base:1").replace("REGISTRY", registry));
  }

  /** For the test's name. */
  @Override
  public String toString() {
    return name;
  }
}
