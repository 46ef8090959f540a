package dev.gatehouse.host;

import dev.gatehouse.frontend.CacheImport;
import dev.gatehouse.frontend.SourcePolicy;
import dev.gatehouse.llb.Definition;
import java.util.List;
import java.util.Map;

/**
 * A frontend to run.
 *
 * @param name such as {@code dockerfile.v0} or {@code gateway.v0}
 * @param options by name
 * @param inputs definitions it can use, by name
 */
record FrontendRequest(
    String name,
    Map<String, String> options,
    Map<String, Definition> inputs,
    List<CacheImport> cacheImports,
    List<SourcePolicy> sourcePolicies) {
  FrontendRequest {
    options = Map.copyOf(options);
    inputs = Map.copyOf(inputs);
    cacheImports = List.copyOf(cacheImports);
    sourcePolicies = List.copyOf(sourcePolicies);
  }
}
