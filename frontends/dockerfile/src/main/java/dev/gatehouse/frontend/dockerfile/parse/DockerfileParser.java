package dev.gatehouse.frontend.dockerfile.parse;

/**
 * Reads a Dockerfile into its syntax tree.
 *
 * <p>Reading is linear in the size of the input. Input over {@link #MAX_BYTES}, lines over {@link
 * #MAX_LINE} and nesting over the limits of a rule are refused with a {@link DockerfileException},
 * which is the only exception.
 */
public interface DockerfileParser {
  /** The largest file that is read, in bytes. */
  int MAX_BYTES = 16 << 20;

  /** The longest physical line, in bytes; BuildKit's limit. */
  int MAX_LINE = 65_535;

  /**
   * Parses a whole file.
   *
   * @throws PartlyReadException if single instructions cannot be read
   */
  ParsedDockerfile parse(byte[] source) throws DockerfileException;

  /** The parser of this module. Safe for use by many threads. */
  static DockerfileParser standard() {
    return StandardDockerfileParser.INSTANCE;
  }
}
