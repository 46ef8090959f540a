package dev.gatehouse.frontend;

import dev.gatehouse.llb.Definition;
import java.util.Map;

/**
 * The build server as a frontend sees it: {@code moby.buildkit.v1.frontend.LLBBridge} without its
 * wire.
 *
 * <p>Safe for use by several threads. A call that the server cannot serve because it lacks a
 * capability fails with a {@link FrontendException} that names the capability; nothing is sent
 * then.
 */
public interface GatewayClient {

  /** The facts of this build: options, session, workers and what the server can do. */
  BuildOptions options();

  /**
   * Hands a definition, or a nested frontend, to the solver.
   *
   * <p>The result is lazy: nothing runs until a reference is read, evaluated, mounted or exported,
   * unless {@link SolveRequest#evaluate()} is set.
   */
  Result solve(SolveRequest request) throws FrontendException, InterruptedException;

  /**
   * Resolves an image reference to its digest and image config.
   *
   * @param reference as written by the user, such as {@code alpine} or {@code
   *     ghcr.io/a/b:tag@sha256:…}
   */
  ResolvedImage resolveImageConfig(String reference, ImageResolveOptions options)
      throws FrontendException, InterruptedException;

  /** Resolves an image, git or http source to the facts that pin it. */
  SourceMetadata resolveSourceMetadata(SourceRequest request)
      throws FrontendException, InterruptedException;

  /** Prepares a container in which the frontend may run processes; release it when done. */
  Container newContainer(ContainerRequest request) throws FrontendException, InterruptedException;

  /** The definitions that the caller of this frontend handed over, by name; empty without any. */
  Map<String, Definition> inputs() throws FrontendException, InterruptedException;

  /** Shows a warning to the person who builds. Servers that know no warnings drop it. */
  void warn(Warning warning) throws FrontendException, InterruptedException;
}
