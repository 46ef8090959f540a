package dev.gatehouse.testkit;

import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.llb.Definition;
import java.util.List;
import java.util.Optional;

/** A reference that would need a solver to be read. */
record UnsolvedReference(Definition definition, String what) implements Reference {

  private FrontendException unsolved() {
    return FrontendException.builder(
            FrontendException.Category.ENVIRONMENT,
            "the in-memory gateway cannot read the result of " + what)
        .code("testkit.unsolved")
        .hint(
            "map a folder to the source with InMemoryGateway.Builder.source, or run against a"
                + " daemon")
        .build();
  }

  @Override
  public void evaluate() {
    // Evaluation has no result that could be missed.
  }

  @Override
  public byte[] readFile(String path) throws FrontendException {
    throw unsolved();
  }

  @Override
  public byte[] readFile(String path, long offset, long length) throws FrontendException {
    throw unsolved();
  }

  @Override
  public List<FileStat> readDir(String path, Optional<String> includePattern)
      throws FrontendException {
    throw unsolved();
  }

  @Override
  public FileStat statFile(String path) throws FrontendException {
    throw unsolved();
  }
}
