package dev.gatehouse.cli;

import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.daemon.Daemon;
import dev.gatehouse.daemon.config.ConfigException;
import dev.gatehouse.daemon.config.ConfigOverrides;
import dev.gatehouse.daemon.config.ConfigReader;
import dev.gatehouse.daemon.config.DaemonConfig;
import dev.gatehouse.daemon.transport.ListenAddress;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;

/** {@code gatehouse daemon}: serves until it is told to stop. */
final class DaemonCommand {
  private final PrintStream err;
  private final CommandSpec spec;
  private final DaemonFlags flags;

  DaemonCommand(PrintStream err) {
    this.err = err;
    spec =
        Commands.command("Run the build daemon.", this::run)
            .addOption(
                Options.value(
                    "FILE",
                    "Configuration, a buildkitd.toml (default: "
                        + Installation.configuration()
                        + ").",
                    "--config"))
            .addOption(
                Options.value(
                    "DIR",
                    "State directory (default: " + Installation.stateDirectory() + ").",
                    "--root"))
            .addOption(
                Options.values(
                    "ADDRESS",
                    "Where to listen: unix:///path or tcp://host:port (default: unix://"
                        + Installation.socket()
                        + ").",
                    "--addr"))
            .addOption(
                Options.values("DIR", "A further directory of frontend plugins.", "--plugins"))
            .addOption(Options.flag("Log what clients ask for.", "--debug"));
    flags = new DaemonFlags(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  private int run() throws ConfigException, IOException, InterruptedException, UsageException {
    DaemonConfig config = config();
    LogSetup.daemon(err, config.debug() || Options.isSet(spec, "--debug"), config.log());
    Logger log = LoggerFactory.getLogger(DaemonCommand.class);
    String configuredRoot = config.root();
    Path root =
        Path.of(
                Options.get(
                    spec,
                    "--root",
                    configuredRoot == null
                        ? Installation.stateDirectory().toString()
                        : configuredRoot))
            .toAbsolutePath();
    List<String> pluginFolders = new ArrayList<>(config.frontends().pluginDirectories());
    pluginFolders.addAll(Options.all(spec, "--plugins"));
    Installation.useOwnSqlite();
    try (Daemon daemon =
        Daemon.start(config, root, addresses(config), Installation.plugins(pluginFolders))) {
      CountDownLatch stop = new CountDownLatch(1);
      CountDownLatch stopped = new CountDownLatch(1);
      Thread hook =
          new Thread(
              () -> {
                stop.countDown();
                try {
                  stopped.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              },
              "shutdown");
      Runtime.getRuntime().addShutdownHook(hook);
      log.info("ready after {} ms", age().toMillis());
      try {
        stop.await();
        log.info("stopping");
        daemon.close();
        log.info("stopped");
      } finally {
        stopped.countDown();
      }
    }
    return 0;
  }

  private DaemonConfig config() throws ConfigException, UsageException {
    ConfigOverrides overrides = flags.overrides(System.getenv());
    String file = Options.get(spec, "--config");
    if (file != null) {
      return ConfigReader.read(Path.of(file), overrides);
    }
    Path usual = Installation.configuration();
    return Files.exists(usual)
        ? ConfigReader.read(usual, overrides)
        : ConfigReader.defaults(overrides);
  }

  private List<ListenAddress> addresses(DaemonConfig config) throws UsageException {
    List<String> texts = Options.all(spec, "--addr");
    if (texts.isEmpty()) {
      texts = config.grpc().addresses();
    }
    if (texts.isEmpty()) {
      return List.of(new ListenAddress.Unix(Installation.socket()));
    }
    List<ListenAddress> addresses = new ArrayList<>();
    for (String text : texts) {
      try {
        addresses.add(ListenAddress.parse(text));
      } catch (IllegalArgumentException e) {
        throw new UsageException(String.valueOf(e.getMessage()));
      }
    }
    return addresses;
  }

  /**
   * How long this process has run, in steps of 10 ms. The kernel tells both times since the machine
   * started; the instant that {@link ProcessHandle} makes of them can be a second off.
   */
  private static Duration age() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    double started = Long.parseLong(fields[19]) / 100.0;
    String uptime = Files.readString(Path.of("/proc/uptime"));
    double now = Double.parseDouble(uptime.substring(0, uptime.indexOf(' ')));
    return Duration.ofMillis(Math.round((now - started) * 1000));
  }
}
