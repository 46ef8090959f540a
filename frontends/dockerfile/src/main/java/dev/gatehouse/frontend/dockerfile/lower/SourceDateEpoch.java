package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.dockerfile.instruction.Dockerfile;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.shell.WordExpander;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The time that files and history of a reproducible build bear: the argument SOURCE_DATE_EPOCH. */
final class SourceDateEpoch {
  private static final String NAME = "SOURCE_DATE_EPOCH";

  private SourceDateEpoch() {}

  /**
   * Reads the argument: seconds since 1970, or the name of what the time is taken from. Where it is
   * a name, the argument is replaced by the seconds.
   */
  static @Nullable Instant resolve(
      ConversionRequest request,
      Dockerfile dockerfile,
      GlobalArguments arguments,
      Map<String, String> buildArguments,
      WordExpander expander)
      throws DockerfileException, FrontendException, InterruptedException {
    String value = buildArguments.get(NAME);
    if (value == null) {
      value = arguments.scope().get(NAME);
    }
    if (value == null || value.isEmpty()) {
      return null;
    }
    Instant epoch;
    if (value.matches("[+-]?[0-9]{1,18}")) {
      epoch = Instant.ofEpochSecond(Long.parseLong(value));
    } else {
      epoch = new EpochSource(request, dockerfile, arguments, buildArguments, expander).find(value);
    }
    String seconds = epoch == null ? "" : Long.toString(epoch.getEpochSecond());
    if (buildArguments.containsKey(NAME)) {
      if (seconds.isEmpty()) {
        buildArguments.remove(NAME);
      } else {
        buildArguments.put(NAME, seconds);
      }
    }
    if (arguments.scope().get(NAME) != null) {
      if (seconds.isEmpty()) {
        arguments.scope().remove(NAME);
      } else {
        arguments.scope().set(NAME, seconds);
      }
    }
    return epoch;
  }
}
