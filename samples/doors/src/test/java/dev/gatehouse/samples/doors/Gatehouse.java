package dev.gatehouse.samples.doors;

import dev.gatehouse.llb.json.Json;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The packaged distribution, with a daemon whose plugins are those of a folder. */
final class Gatehouse implements Door, AutoCloseable {
  static final Path HOME =
      Path.of(
              System.getProperty(
                  "gatehouse.test.distribution", "../../plugin-host/cli/target/gatehouse"))
          .toAbsolutePath()
          .normalize();

  private final Path dir;
  private final Command.Server daemon;
  private int builds;

  Gatehouse(Path dir, Path plugins) throws Exception {
    this.dir = dir;
    daemon =
        Command.Server.start(
            command(
                List.of(
                    "daemon",
                    "--root",
                    dir.resolve("root").toString(),
                    "--addr",
                    address(),
                    "--plugins",
                    plugins.toString())),
            dir.resolve("daemon.log"),
            () -> answers(dir.resolve("d.sock")));
  }

  /** Whether somebody listens; asking by command would cost the daemon half of its start. */
  private static boolean answers(Path socket) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return true;
    } catch (SocketException e) {
      return false;
    }
  }

  static List<String> command(List<String> arguments) {
    return Command.line(List.of(HOME.resolve("bin/gatehouse").toString()), arguments);
  }

  private String address() {
    return "unix://" + dir.resolve("d.sock");
  }

  @Override
  public Command.Outcome run(Path folder, String file, List<String> more) throws Exception {
    return Command.run(
        command(
            Command.line(
                List.of(
                    "build",
                    "--addr",
                    address(),
                    "--network",
                    "none",
                    "-f",
                    folder.resolve(file).toString()),
                Command.line(more, List.of(folder.toString())))));
  }

  @Override
  public Built build(Path folder, String file) throws Exception {
    Path out = Files.createDirectories(dir.resolve("out" + builds++));
    Command.Outcome outcome =
        run(
                folder,
                file,
                List.of(
                    "--progress",
                    "rawjson",
                    "--output",
                    "type=local,dest=" + out.resolve("files"),
                    "--output",
                    "type=oci,dest=" + out.resolve("image.tar")))
            .succeeds();
    return new Built(
        FileTree.read(out.resolve("files")),
        Door.running(
            (Map<?, ?>) config(out.resolve("image"), out.resolve("image.tar"), 0).get("config")),
        Door.stepsOfJson(outcome.output()));
  }

  /**
   * The config of an image in an archive.
   *
   * @param layout a folder to unpack it into
   * @param platform the number of the platform that is meant
   */
  static Map<?, ?> config(Path layout, Path archive, int platform) throws Exception {
    Files.createDirectories(layout);
    Command.run(List.of("tar", "-xf", archive.toString(), "-C", layout.toString())).succeeds();
    Map<?, ?> found = json(layout.resolve("index.json"));
    while (found.get("manifests") instanceof List<?> manifests) {
      found = blob(layout, (Map<?, ?>) manifests.get(manifests.size() == 1 ? 0 : platform));
    }
    return blob(layout, (Map<?, ?>) found.get("config"));
  }

  private static Map<?, ?> blob(Path layout, Map<?, ?> descriptor) throws Exception {
    return json(
        layout.resolve("blobs").resolve(((String) descriptor.get("digest")).replace(':', '/')));
  }

  private static Map<?, ?> json(Path file) throws Exception {
    return (Map<?, ?>) Json.parse(Files.readString(file));
  }

  @Override
  public void close() throws Exception {
    daemon.close();
  }
}
