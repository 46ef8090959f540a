package dev.gatehouse.frontend;

import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.State;
import java.util.List;
import java.util.Optional;

/**
 * A file system that the solver makes, or will make when someone looks at it.
 *
 * <p>Paths are absolute or relative to the root of the file system and never leave it; symbolic
 * links are followed inside it. Every method but {@link #definition} forces the build of the
 * reference.
 */
public interface Reference {

  /** The definition this reference is the result of, for use as an input of another one. */
  Definition definition() throws FrontendException;

  /** This file system as the start of further operations. */
  default State toState() throws FrontendException {
    return State.of(definition());
  }

  /** Builds what this reference stands for, now. */
  void evaluate() throws FrontendException, InterruptedException;

  /** Reads a whole file; fails when it is larger than a message may be (16 MiB). */
  byte[] readFile(String path) throws FrontendException, InterruptedException;

  /**
   * Reads a part of a file.
   *
   * @param offset of the first byte
   * @param length most bytes to read; the answer is shorter at the end of the file
   */
  byte[] readFile(String path, long offset, long length)
      throws FrontendException, InterruptedException;

  /**
   * Lists a directory, sorted by name; {@link FileStat#path()} is the name inside the directory.
   *
   * @param includePattern a glob that names must match; empty for all
   */
  List<FileStat> readDir(String path, Optional<String> includePattern)
      throws FrontendException, InterruptedException;

  /** Describes a file, following symbolic links. */
  FileStat statFile(String path) throws FrontendException, InterruptedException;
}
