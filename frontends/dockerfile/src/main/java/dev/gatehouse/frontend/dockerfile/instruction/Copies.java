package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.Heredoc;
import dev.gatehouse.frontend.dockerfile.parse.Heredocs;
import dev.gatehouse.frontend.dockerfile.parse.InstructionNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Instructions that bring files: COPY and ADD. */
final class Copies {
  private Copies() {}

  static CopyInstruction copy(InstructionNode node, InstructionSource source)
      throws DockerfileException {
    checkDestination("COPY", node.arguments());
    Flags flags =
        new Flags()
            .text("chown", "from", "chmod")
            .bool("link", "parents")
            .list("exclude")
            .read(node.flags());
    return new CopyInstruction(
        source,
        paths("COPY", node),
        flags.value("from"),
        flags.value("chown"),
        flags.value("chmod"),
        flags.isTrue("link"),
        flags.isTrue("parents"),
        flags.values("exclude"));
  }

  static AddInstruction add(InstructionNode node, InstructionSource source)
      throws DockerfileException {
    checkDestination("ADD", node.arguments());
    Flags flags =
        new Flags()
            .text("chown", "chmod", "checksum")
            .bool("link", "keep-git-dir", "unpack")
            .list("exclude")
            .read(node.flags());
    return new AddInstruction(
        source,
        paths("ADD", node),
        flags.value("chown"),
        flags.value("chmod"),
        flags.isTrue("link"),
        flags.values("exclude"),
        flags.value("checksum"),
        flags.given("keep-git-dir"),
        flags.given("unpack"));
  }

  private static void checkDestination(String keyword, List<String> arguments)
      throws DockerfileException {
    if (arguments.size() < 2) {
      throw new DockerfileException(
              keyword
                  + " requires at least two arguments, but only one was provided. Destination could"
                  + " not be determined")
          .withHint("write " + keyword + " SOURCE... DESTINATION");
    }
  }

  private static SourcesAndDestination paths(String keyword, InstructionNode node)
      throws DockerfileException {
    List<String> arguments = node.arguments();
    String destination = arguments.get(arguments.size() - 1);
    if (Heredocs.parse(destination).isPresent()) {
      throw new DockerfileException(keyword + " cannot accept a heredoc as a destination")
          .withHint("write " + keyword + " " + destination + " DESTINATION");
    }
    Map<String, String> contents = new HashMap<>();
    for (Heredoc heredoc : node.heredocs()) {
      contents.put(heredoc.name(), heredoc.content());
    }
    List<String> sources = new ArrayList<>();
    List<InlineFile> files = new ArrayList<>();
    for (String argument : arguments.subList(0, arguments.size() - 1)) {
      Optional<Heredoc> heredoc = Heredocs.parse(argument);
      if (heredoc.isPresent()) {
        Heredoc found = heredoc.get();
        String content = contents.getOrDefault(found.name(), "");
        files.add(
            new InlineFile(
                found.name(), found.withContent(content).effectiveContent(), found.expand()));
      } else {
        sources.add(argument);
      }
    }
    return new SourcesAndDestination(destination, sources, files);
  }
}
