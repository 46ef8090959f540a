package dev.gatehouse.frontend;

import dev.gatehouse.llb.Definition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is handed to the solver: a definition, or a frontend with its options and inputs.
 *
 * @param definitionOrNull the graph to solve; absent for an empty file system or when a frontend is
 *     named
 * @param frontend name of a nested frontend such as {@code dockerfile.v0} or {@code gateway.v0}, or
 *     empty
 * @param frontendOptions options of the nested frontend
 * @param frontendInputs definitions it can use by name
 * @param cacheImports caches to consult for this request
 * @param evaluate whether to build the result before returning
 * @param sourcePolicies rules for the sources of this request
 */
public record SolveRequest(
    @Nullable Definition definitionOrNull,
    String frontend,
    Map<String, String> frontendOptions,
    Map<String, Definition> frontendInputs,
    List<CacheImport> cacheImports,
    boolean evaluate,
    List<SourcePolicy> sourcePolicies) {

  public SolveRequest {
    Objects.requireNonNull(frontend, "frontend");
    frontendOptions = Ordered.map(frontendOptions);
    frontendInputs = Ordered.map(frontendInputs);
    cacheImports = List.copyOf(cacheImports);
    sourcePolicies = List.copyOf(sourcePolicies);
  }

  /** Solves a definition, lazily. */
  public static SolveRequest of(Definition definition) {
    return builder().definition(definition).build();
  }

  /** The graph to solve. */
  public Optional<Definition> definition() {
    return Optional.ofNullable(definitionOrNull);
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Collects a request. */
  public static final class Builder {
    private @Nullable Definition definition;
    private String frontend = "";
    private final Map<String, String> frontendOptions = new LinkedHashMap<>();
    private final Map<String, Definition> frontendInputs = new LinkedHashMap<>();
    private final List<CacheImport> cacheImports = new ArrayList<>();
    private boolean evaluate;
    private final List<SourcePolicy> sourcePolicies = new ArrayList<>();

    private Builder() {}

    public Builder definition(Definition value) {
      definition = Objects.requireNonNull(value);
      return this;
    }

    public Builder frontend(String value) {
      frontend = value;
      return this;
    }

    public Builder frontendOption(String key, String value) {
      frontendOptions.put(key, value);
      return this;
    }

    public Builder frontendOptions(Map<String, String> values) {
      frontendOptions.putAll(values);
      return this;
    }

    public Builder frontendInput(String name, Definition value) {
      frontendInputs.put(name, value);
      return this;
    }

    public Builder frontendInputs(Map<String, Definition> values) {
      frontendInputs.putAll(values);
      return this;
    }

    public Builder cacheImport(CacheImport value) {
      cacheImports.add(value);
      return this;
    }

    public Builder cacheImports(List<CacheImport> values) {
      cacheImports.addAll(values);
      return this;
    }

    public Builder evaluate(boolean value) {
      evaluate = value;
      return this;
    }

    public Builder sourcePolicies(List<SourcePolicy> values) {
      sourcePolicies.addAll(values);
      return this;
    }

    public SolveRequest build() {
      return new SolveRequest(
          definition,
          frontend,
          frontendOptions,
          frontendInputs,
          cacheImports,
          evaluate,
          sourcePolicies);
    }
  }
}
