package dev.gatehouse.frontend.dockerfile.lower;

import java.util.ArrayList;
import java.util.List;

/** The shells that shell-form commands run in. */
final class Shells {
  private Shells() {}

  /** The command that runs shell-form arguments in the shell of the image. */
  static List<String> wrap(ImageDraft image, List<String> arguments) {
    List<String> command = new ArrayList<>();
    if (!image.shell.isEmpty()) {
      command.addAll(image.shell);
    } else if (image.platform().os().equals("windows")) {
      command.addAll(List.of("cmd", "/S", "/C"));
    } else {
      command.addAll(List.of("/bin/sh", "-c"));
    }
    command.add(String.join(" ", arguments));
    return command;
  }
}
