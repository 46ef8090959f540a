package dev.gatehouse.cli.packager;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program of the JDK and tells what it said if it fails. */
final class Tool {
  private static final long LIMIT_SECONDS = 300;

  private Tool() {}

  /**
   * Runs a command to its end.
   *
   * @return what it wrote to stdout and stderr
   * @throws PackagingException if it fails or takes more than five minutes
   */
  static String run(Path folder, List<String> command)
      throws IOException, PackagingException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    String output;
    try {
      output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new PackagingException(command.get(0) + " took more than five minutes");
      }
    } finally {
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      throw new PackagingException(
          "%s failed with exit code %s:\n%s"
              .formatted(command.get(0), process.exitValue(), output.strip()));
    }
    return output;
  }
}
