package dev.gatehouse.frontend;

/**
 * A build language: turns what it reads through the gateway into a result.
 *
 * <p>One instance serves many builds, several at once; keep no state of a build in fields. The same
 * class runs as a plugin in the daemon, as the entry point of a frontend image and inside a client
 * or a test. Implementations are found through {@link java.util.ServiceLoader}: name the class in
 * {@code META-INF/services/dev.gatehouse.frontend.Frontend}. Never write to standard output: in a
 * frontend image it is the wire.
 */
@FunctionalInterface
public interface Frontend {

  /**
   * Runs one build.
   *
   * @param gateway the build server, valid until this method returns
   * @return the references and metadata to export; references may be lazy
   * @throws FrontendException when the build fails; source ranges in it are shown to the person who
   *     builds
   * @throws InterruptedException when the build was cancelled; let it pass
   */
  Result build(GatewayClient gateway) throws FrontendException, InterruptedException;
}
