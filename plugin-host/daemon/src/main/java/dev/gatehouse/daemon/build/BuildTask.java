package dev.gatehouse.daemon.build;

import dev.gatehouse.frontend.CacheImport;
import dev.gatehouse.llb.Definition;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client asked for.
 *
 * @param ref the build's reference, chosen by the client
 * @param session id of the client's session, empty for none
 * @param definition what to solve; null where a frontend makes it
 * @param frontend name of the frontend; empty with no definition: the client itself is the frontend
 * @param sourcePolicy {@code moby.buildkit.v1.sourcepolicy.Policy} as bytes, empty for none
 * @param internal whether the build stays out of the history
 */
@SuppressWarnings("ArrayRecordComponent") // wire content, which nobody compares
public record BuildTask(
    String ref,
    String session,
    @Nullable Definition definition,
    String frontend,
    Map<String, String> frontendOptions,
    Map<String, Definition> frontendInputs,
    List<Export> exports,
    List<CacheImport> cacheImports,
    List<Export> cacheExports,
    List<String> entitlements,
    byte[] sourcePolicy,
    boolean internal) {
  public BuildTask {
    frontendOptions = Map.copyOf(frontendOptions);
    frontendInputs = Map.copyOf(frontendInputs);
    exports = List.copyOf(exports);
    cacheImports = List.copyOf(cacheImports);
    cacheExports = List.copyOf(cacheExports);
    entitlements = List.copyOf(entitlements);
  }

  /** Somewhere a result, or a cache, goes. */
  public record Export(String type, Map<String, String> attributes) {
    public Export {
      attributes = Map.copyOf(attributes);
    }
  }

  /**
   * Whether the client runs the frontend itself and reaches its gateway over the control
   * connection.
   */
  public boolean clientIsFrontend() {
    return definition == null && frontend.isEmpty();
  }
}
