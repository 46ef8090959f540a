package dev.gatehouse.solver.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.solver.linux.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What tests need of the machine: a test whose need is not met is skipped, and says why. */
public final class TestMachine {
  public static final Path BUSYBOX = Path.of("/bin/busybox");

  private TestMachine() {}

  /** Mounts and files of other owners. */
  public static void needsRoot() {
    assumeTrue(FileSystems.effectiveUser() == 0, "needs root");
  }

  /** Root, an OCI runtime, and busybox to run in it. */
  public static void needsContainers() {
    needsRoot();
    needs(BUSYBOX, "busybox-static");
    assumeTrue(find("crun").isPresent() || find("runc").isPresent(), "needs crun or runc");
  }

  /** A file that Debian's {@code debianPackage} holds. */
  public static void needs(Path program, String debianPackage) {
    assumeTrue(Files.isExecutable(program), "needs " + debianPackage);
  }

  /** A program of the same name as its package. */
  public static Path program(String name) {
    Optional<Path> found = find(name);
    assumeTrue(found.isPresent(), "needs " + name);
    return found.get();
  }

  private static Optional<Path> find(String name) {
    return Stream.of("/usr/bin", "/usr/sbin")
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Runs a program that must succeed, and gives what it said. */
  public static String run(String name, String... arguments) throws Exception {
    ProcessBuilder command = new ProcessBuilder(program(name).toString());
    command.command().addAll(List.of(arguments));
    Process process = command.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
