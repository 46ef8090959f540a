package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.Heredoc;
import java.util.ArrayList;
import java.util.List;

/**
 * What COPY and ADD take from where to where.
 *
 * @param destination the last argument
 * @param sources paths, patterns or URLs
 * @param files here-documents
 */
public record SourcesAndDestination(
    String destination, List<String> sources, List<InlineFile> files) {
  public SourcesAndDestination {
    sources = List.copyOf(sources);
    files = List.copyOf(files);
  }

  SourcesAndDestination expanded(Instruction.Expander expander) throws DockerfileException {
    List<String> paths = new ArrayList<>(sources.size());
    for (String path : sources) {
      paths.add(expander.expand(path));
    }
    return new SourcesAndDestination(expander.expand(destination), paths, files);
  }

  SourcesAndDestination expandedRaw(Instruction.Expander expander) throws DockerfileException {
    List<InlineFile> contents = new ArrayList<>(files.size());
    for (InlineFile file : files) {
      contents.add(
          file.expand()
              ? new InlineFile(file.path(), expander.expand(Heredoc.text(file.data())), true)
              : file);
    }
    return new SourcesAndDestination(destination, sources, contents);
  }
}
