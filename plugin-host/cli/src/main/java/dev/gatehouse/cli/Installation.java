package dev.gatehouse.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where things are: the distribution this command belongs to, and the user's own directories. */
final class Installation {
  private static final String HOME = "gatehouse.home";
  private static final String SQLITE = "libsqlitejdbc.so";

  private Installation() {}

  /** The distribution's directory; empty when run from somewhere else. */
  static Optional<Path> home() {
    String home = System.getProperty(HOME);
    return home == null ? Optional.empty() : Optional.of(Path.of(home));
  }

  /** Whether this is the administrator, whose daemon is the machine's. */
  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** The socket of the daemon that commands use unless told otherwise. */
  static Path socket() {
    return runtime().resolve("gatehoused.sock");
  }

  private static Path runtime() {
    if (isRoot()) {
      return Path.of("/run/gatehouse");
    }
    String runtime = System.getenv("XDG_RUNTIME_DIR");
    return runtime == null || runtime.isEmpty()
        ? userHome().resolve(".local/state/gatehouse/run")
        : Path.of(runtime, "gatehouse");
  }

  /** The daemon's state directory unless told otherwise. */
  static Path stateDirectory() {
    return isRoot() ? Path.of("/var/lib/gatehouse") : userHome().resolve(".local/share/gatehouse");
  }

  /** The daemon's configuration unless told otherwise; need not exist. */
  static Path configuration() {
    if (isRoot()) {
      return Path.of("/etc/gatehouse/buildkitd.toml");
    }
    String config = System.getenv("XDG_CONFIG_HOME");
    Path base =
        config == null || config.isEmpty() ? userHome().resolve(".config") : Path.of(config);
    return base.resolve("gatehouse/buildkitd.toml");
  }

  /**
   * The distribution's plugins, then the machine's, then those that were asked for: later ones win.
   */
  static List<Path> plugins(List<String> more) {
    List<Path> folders = new ArrayList<>();
    home().ifPresent(home -> folders.add(home.resolve("plugins")));
    folders.add(
        isRoot()
            ? Path.of("/etc/gatehouse/plugins")
            : userHome().resolve(".config/gatehouse/plugins"));
    more.forEach(folder -> folders.add(Path.of(folder).toAbsolutePath()));
    return folders;
  }

  /**
   * Has SQLite's driver load the native library that the distribution holds. By itself it asks a
   * process what machine this is and unpacks its library anew, at each start. If the library does
   * not fit this machine, the driver does that still.
   */
  static void useOwnSqlite() {
    String architecture = System.getProperty("os.arch").replace("amd64", "x86_64");
    home()
        .map(home -> home.resolve("lib/native").resolve(architecture))
        .filter(folder -> Files.isRegularFile(folder.resolve(SQLITE)))
        .ifPresent(folder -> {
          System.setProperty("org.sqlite.lib.path", folder.toString());
          System.setProperty("org.sqlite.lib.name", SQLITE);
        });
  }

  /** How to start this command again. */
  static List<String> self() {
    Optional<Path> launcher =
        home().map(home -> home.resolve("bin/gatehouse")).filter(Files::isExecutable);
    if (launcher.isPresent()) {
      return List.of(launcher.get().toString());
    }
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return List.of(
        java,
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-XX:+UseSerialGC",
        "-cp",
        System.getProperty("java.class.path"),
        Main.class.getName());
  }

  private static Path userHome() {
    return Path.of(System.getProperty("user.home"));
  }
}
