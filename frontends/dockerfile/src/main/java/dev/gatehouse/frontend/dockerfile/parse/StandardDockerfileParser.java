package dev.gatehouse.frontend.dockerfile.parse;

/** The parser over the grammars of {@code grammars/dockerfile}. */
final class StandardDockerfileParser implements DockerfileParser {
  static final StandardDockerfileParser INSTANCE = new StandardDockerfileParser();

  private StandardDockerfileParser() {}

  @Override
  public ParsedDockerfile parse(byte[] source) throws DockerfileException {
    if (source.length > MAX_BYTES) {
      throw new DockerfileException(
          "dockerfile of "
              + source.length
              + " bytes is larger than max allowed size of "
              + MAX_BYTES);
    }
    return new FileReader(source).read();
  }
}
