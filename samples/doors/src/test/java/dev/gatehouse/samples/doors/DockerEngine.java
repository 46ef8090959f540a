package dev.gatehouse.samples.doors;

import dev.gatehouse.llb.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Debian's Docker engine, which has BuildKit inside, with a data folder of its own. */
final class DockerEngine implements Door, AutoCloseable {
  static final Path ENGINE = Path.of("/usr/sbin/dockerd");
  static final Path CLIENT = Path.of("/usr/bin/docker");

  private final Path dir;
  private final Command.Server daemon;
  private int builds;

  DockerEngine(Path dir) throws Exception {
    this.dir = dir;
    daemon =
        Command.Server.start(
            List.of(
                ENGINE.toString(),
                "--data-root",
                dir.resolve("data").toString(),
                "--exec-root",
                dir.resolve("exec").toString(),
                "--pidfile",
                dir.resolve("pid").toString(),
                "-H",
                address(),
                "--iptables=false",
                "--bridge=none"),
            dir.resolve("dockerd.log"),
            () -> docker(List.of("version")).status() == 0);
  }

  private String address() {
    return "unix://" + dir.resolve("docker.sock");
  }

  private Command.Outcome docker(List<String> arguments) throws Exception {
    return Command.run(
        Command.line(
            List.of(CLIENT.toString(), "--config", dir.toString(), "-H", address()), arguments));
  }

  @Override
  public Command.Outcome run(Path folder, String file, List<String> more) throws Exception {
    return docker(
        Command.line(
            List.of(
                "build",
                "--progress",
                "plain",
                "--network",
                "none",
                "-f",
                folder.resolve(file).toString()),
            Command.line(more, List.of(folder.toString()))));
  }

  @Override
  public Built build(Path folder, String file) throws Exception {
    String name = "built:" + builds++;
    Path files = dir.resolve("files" + builds);
    Command.Outcome outcome = run(folder, file, List.of("-t", name)).succeeds();
    run(folder, file, List.of("--output", files.toString())).succeeds();
    Object config =
        Json.parse(
            docker(List.of("image", "inspect", "--format", "{{json .Config}}", name))
                .succeeds()
                .output());
    return new Built(
        FileTree.read(files), Door.running((Map<?, ?>) config), Door.stepsOfText(outcome.output()));
  }

  /** Ends the engine; what it leaves mounted is unmounted. */
  @Override
  public void close() throws Exception {
    daemon.close();
    List<String> mounts =
        Files.readAllLines(Path.of("/proc/mounts")).stream()
            .map(line -> line.split(" ")[1])
            .filter(mount -> mount.startsWith(dir + "/"))
            .toList();
    for (String mount : mounts.reversed()) {
      Command.run(List.of("umount", "-l", mount)).succeeds();
    }
  }
}
