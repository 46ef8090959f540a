package dev.gatehouse.solver.worker.exec;

import dev.gatehouse.llb.oci.Platform;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How processes of a platform other than this host's are run: by the kernel through binfmt_misc, or
 * by an emulator named {@code buildkit-qemu-<architecture>} that is found on the path and mounted
 * into the container.
 */
final class Emulation {
  /** Where an emulator is mounted in a container. */
  static final String MOUNT_POINT = "/dev/.buildkit_qemu_emulator";

  private static final Path BINFMT = Path.of("/proc/sys/fs/binfmt_misc");

  private static final Map<String, String> QEMU =
      Map.of("arm64", "aarch64", "amd64", "x86_64", "386", "i386");

  /** What a processor runs besides its own. */
  private static final Map<String, Set<String>> NATIVE =
      Map.of("amd64", Set.of("386"), "arm64", Set.of("arm"));

  private Emulation() {}

  /** Whether the kernel runs programs of that platform. */
  static boolean isNative(Platform platform) {
    return isNative(platform, Platform.host(), BINFMT);
  }

  static boolean isNative(Platform platform, Platform host, Path binfmt) {
    String wanted = platform.architecture();
    return wanted.isEmpty()
        || wanted.equals(host.architecture())
        || NATIVE.getOrDefault(host.architecture(), Set.of()).contains(wanted)
        || isRegistered(binfmt.resolve("qemu-" + name(platform)));
  }

  /** Registered, enabled, and loaded by the kernel itself so that a container needs nothing. */
  private static boolean isRegistered(Path entry) {
    try {
      List<String> lines = Files.readAllLines(entry);
      return lines.contains("enabled")
          && lines.stream().anyMatch(l -> l.startsWith("flags:") && l.contains("F"));
    } catch (IOException e) {
      return false; // no such entry
    }
  }

  private static String name(Platform platform) {
    return QEMU.getOrDefault(platform.architecture(), platform.architecture());
  }

  /** The emulator of that platform, if it is installed. */
  static Optional<Path> emulator(Platform platform) {
    String path = System.getenv("PATH");
    if (path == null) {
      return Optional.empty();
    }
    for (String directory : path.split(File.pathSeparator)) {
      Path file = Path.of(directory, "buildkit-qemu-" + name(platform));
      if (directory.startsWith("/") && Files.isExecutable(file)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }
}
