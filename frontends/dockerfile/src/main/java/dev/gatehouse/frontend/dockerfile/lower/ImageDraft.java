package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The config of an image while instructions change it. */
final class ImageDraft {
  private static final String HISTORY_COMMENT = "buildkit.dockerfile.v0";

  private ImageConfig image;
  final ContainerConfig.Builder config;
  private final List<ImageConfig.History> history;
  private final List<String> env;

  /** Where in the list the first variable of a name is. */
  private final Map<String, Integer> envIndex = new HashMap<>();

  String user;
  String workingDirectory;
  List<String> shell;
  final List<String> onBuild;
  List<String> cmd;
  String author;

  ImageDraft(ImageConfig image) {
    this.image = image;
    ContainerConfig from = image.config();
    config = from.toBuilder();
    history = new ArrayList<>(image.history());
    env = new ArrayList<>(from.env());
    for (int i = 0; i < env.size(); i++) {
      envIndex.putIfAbsent(name(env.get(i)), i);
    }
    user = from.user();
    workingDirectory = from.workingDir();
    shell = from.shell();
    onBuild = new ArrayList<>(from.onBuild());
    cmd = from.cmd();
    author = image.author();
  }

  /** An image without layers, as one made from scratch begins. */
  static ImageConfig scratch(Platform platform) {
    ContainerConfig.Builder config = ContainerConfig.EMPTY.toBuilder().workingDir("/");
    if (!platform.os().equals("windows")) {
      config.env(List.of("PATH=" + OsPath.DEFAULT_PATH));
    }
    return ImageConfig.empty(platform).withConfig(config.build());
  }

  private static String name(String variable) {
    int equals = variable.indexOf('=');
    return equals < 0 ? variable : variable.substring(0, equals);
  }

  Platform platform() {
    return image.platform();
  }

  void platform(Platform platform) {
    image = image.withPlatform(platform);
  }

  List<String> env() {
    return env;
  }

  boolean hasEnv(String name) {
    return envIndex.containsKey(name);
  }

  void setEnv(String name, String value) {
    Integer index = envIndex.get(name);
    if (index == null) {
      envIndex.put(name, env.size());
      env.add(name + "=" + value);
    } else {
      env.set(index, name + "=" + value);
    }
  }

  /** Notes a step in the history. */
  void commit(String createdBy, boolean layer, @Nullable Instant epoch) {
    OffsetDateTime created = epoch == null ? null : epoch.atOffset(ZoneOffset.UTC);
    history.add(new ImageConfig.History(created, createdBy, "", HISTORY_COMMENT, !layer));
  }

  ImageConfig toImage() {
    return image
        .withAuthor(author)
        .withHistory(history)
        .withConfig(
            config
                .env(env)
                .user(user)
                .workingDir(workingDirectory)
                .shell(shell)
                .onBuild(onBuild)
                .cmd(cmd)
                .build());
  }
}
