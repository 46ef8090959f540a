package dev.gatehouse.solver.worker;

import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.Session;
import java.util.List;
import java.util.Map;

/** A client with calls of one answer each; a test fails where something opens a stream. */
public abstract class UnaryClient implements Session {
  private final String id;
  private final String methods;

  /**
   * @param methods what the names of the methods that it offers begin with
   */
  protected UnaryClient(String id, String methods) {
    this.id = id;
    this.methods = methods;
  }

  @Override
  public final String id() {
    return id;
  }

  @Override
  public final boolean supports(String method) {
    return method.startsWith(methods);
  }

  @Override
  public final MessageStream open(String method, Map<String, List<String>> metadata) {
    throw new AssertionError("no stream is expected: " + method);
  }
}
