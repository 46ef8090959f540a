package dev.gatehouse.host;

import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbException;
import dev.gatehouse.llb.SourceLocation;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.exec.ExecException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Failures of the worker in the terms of the gateway: with the vertex, and where it comes from in
 * the source.
 */
public final class Failures {
  private Failures() {}

  /**
   * A failed solve.
   *
   * @param definition what was solved, for its source map; null where there is none
   */
  public static FrontendException of(SolveException e, @Nullable Definition definition) {
    Category category =
        switch (e.category()) {
          case USER -> Category.USER;
          case ENVIRONMENT -> Category.ENVIRONMENT;
          case INTERNAL -> Category.INTERNAL;
          case CANCELLED -> Category.CANCELLED;
        };
    FrontendException.Builder failure =
        FrontendException.builder(category, message(e)).code(e.code()).cause(e);
    if (e.code().equals("source.not-found") || e.code().endsWith(".not-found")) {
      failure.status(StatusCode.NOT_FOUND);
    }
    if (e instanceof ExecException process) {
      failure.detail(new ErrorDetail.Exit(process.exitCode()));
    }
    e.vertex()
        .ifPresent(vertex -> {
          if (definition != null) {
            // The last place that was named is the outermost, and told first.
            for (SourceLocation location : locations(definition, vertex.toString()).reversed()) {
              failure.detail(new ErrorDetail.Source(location));
            }
          }
          failure.vertex(vertex.toString());
        });
    return failure.build();
  }

  /** A failure of the machine around a build. */
  public static FrontendException of(IOException e) {
    return FrontendException.builder(Category.ENVIRONMENT, message(e)).cause(e).build();
  }

  private static List<SourceLocation> locations(Definition definition, String vertex) {
    try {
      return definition.locations().getOrDefault(new Digest(vertex), List.of());
    } catch (IllegalArgumentException | LlbException e) {
      return List.of();
    }
  }

  private static String message(Exception e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }
}
