package dev.gatehouse.client;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What to make of the result.
 *
 * @param type {@code image}, {@code local}, {@code tar}, {@code oci}, {@code docker}
 * @param attributes such as {@code name}, {@code push}, {@code compression}
 * @param directoryOrNull where files go: for {@code local}, and for {@code oci} and {@code docker}
 *     as a layout
 * @param outputOrNull where a file goes: for {@code tar}, {@code oci} and {@code docker}
 */
public record Export(
    String type,
    Map<String, String> attributes,
    @Nullable Path directoryOrNull,
    @Nullable Output outputOrNull) {

  /** Opens the file that an exporter writes. */
  @FunctionalInterface
  public interface Output {
    /**
     * @param metadata what the exporter says of the file
     */
    OutputStream open(Map<String, String> metadata) throws IOException;
  }

  public Export {
    Objects.requireNonNull(type, "type");
    attributes = Map.copyOf(attributes);
    if (directoryOrNull != null && outputOrNull != null) {
      throw new IllegalArgumentException(
          "exporter " + type + " writes either a directory or a file");
    }
    switch (type) {
      case "local" -> {
        if (directoryOrNull == null) {
          throw new IllegalArgumentException("output directory is required for local exporter");
        }
      }
      case "tar" -> {
        if (outputOrNull == null) {
          throw new IllegalArgumentException("output file writer is required for tar exporter");
        }
      }
      case "oci", "docker" -> {}
      default -> {
        if (outputOrNull != null) {
          throw new IllegalArgumentException(
              "output file writer is not supported by " + type + " exporter");
        }
        if (directoryOrNull != null) {
          throw new IllegalArgumentException(
              "output directory is not supported by " + type + " exporter");
        }
      }
    }
  }

  /** An exporter of the daemon that sends nothing back. */
  public static Export of(String type, Map<String, String> attributes) {
    return new Export(type, attributes, null, null);
  }

  /** An exporter that writes into a directory of the client. */
  public static Export toDirectory(String type, Map<String, String> attributes, Path directory) {
    return new Export(type, attributes, directory, null);
  }

  /** An exporter that writes a file of the client. */
  public static Export toFile(String type, Map<String, String> attributes, Output output) {
    return new Export(type, attributes, null, output);
  }
}
