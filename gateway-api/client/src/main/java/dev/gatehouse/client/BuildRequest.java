package dev.gatehouse.client;

import dev.gatehouse.frontend.SourcePolicy;
import dev.gatehouse.llb.Definition;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One build: what is built, from which files of the client, and what becomes of the result.
 *
 * <p>Either a frontend is named, or a definition given, or the build is driven by a frontend on the
 * client's side ({@link BuildClient#build(dev.gatehouse.frontend.Frontend, BuildRequest,
 * StatusListener)}).
 */
public final class BuildRequest {
  private final Builder b;

  private BuildRequest(Builder b) {
    this.b = b;
  }

  public static Builder builder() {
    return new Builder();
  }

  public Optional<Definition> definition() {
    return Optional.ofNullable(b.definition);
  }

  /** Name of the frontend, or empty. */
  public String frontend() {
    return b.frontend;
  }

  public Map<String, String> frontendOptions() {
    return b.frontendOptions;
  }

  public Map<String, Definition> frontendInputs() {
    return b.frontendInputs;
  }

  /** Directories that local sources may read, by name. */
  public Map<String, Path> localDirectories() {
    return b.localDirectories;
  }

  /** OCI layouts that sources may read, by name. */
  public Map<String, Path> ociLayouts() {
    return b.ociLayouts;
  }

  public List<Export> exports() {
    return b.exports;
  }

  public List<CacheOption> cacheExports() {
    return b.cacheExports;
  }

  public List<CacheOption> cacheImports() {
    return b.cacheImports;
  }

  /** Rights that are granted, such as {@code network.host} and {@code security.insecure}. */
  public List<String> entitlements() {
    return b.entitlements;
  }

  public List<SecretSource> secrets() {
    return b.secrets;
  }

  public List<SshSource> sshAgents() {
    return b.sshAgents;
  }

  /** Streams that {@code http://buildkit-session/ID} stands for, by id. */
  public Map<String, Supplier<InputStream>> uploads() {
    return b.uploads;
  }

  /** The directory of Docker's {@code config.json} whose credentials are lent; empty for none. */
  public Optional<Path> dockerConfig() {
    return Optional.ofNullable(b.dockerConfig);
  }

  public Optional<SourcePolicy> sourcePolicy() {
    return Optional.ofNullable(b.sourcePolicy);
  }

  /** Id of the build; chosen when empty. */
  public String reference() {
    return b.reference;
  }

  /**
   * A key by which the daemon recognises that local directories are those of an earlier build;
   * empty for none.
   */
  public String sharedKey() {
    return b.sharedKey;
  }

  /** Whether the build is left out of the history. */
  public boolean internal() {
    return b.internal;
  }

  /** Collects a build. */
  public static final class Builder {
    private @Nullable Definition definition;
    private String frontend = "";
    private final Map<String, String> frontendOptions = new LinkedHashMap<>();
    private final Map<String, Definition> frontendInputs = new LinkedHashMap<>();
    private final Map<String, Path> localDirectories = new LinkedHashMap<>();
    private final Map<String, Path> ociLayouts = new LinkedHashMap<>();
    private final List<Export> exports = new ArrayList<>();
    private final List<CacheOption> cacheExports = new ArrayList<>();
    private final List<CacheOption> cacheImports = new ArrayList<>();
    private final List<String> entitlements = new ArrayList<>();
    private final List<SecretSource> secrets = new ArrayList<>();
    private final List<SshSource> sshAgents = new ArrayList<>();
    private final Map<String, Supplier<InputStream>> uploads = new LinkedHashMap<>();
    private @Nullable Path dockerConfig;
    private @Nullable SourcePolicy sourcePolicy;
    private String reference = "";
    private String sharedKey = "";
    private boolean internal;

    private Builder() {}

    public Builder definition(Definition value) {
      definition = Objects.requireNonNull(value);
      return this;
    }

    public Builder frontend(String name) {
      frontend = Objects.requireNonNull(name);
      return this;
    }

    public Builder frontendOption(String name, String value) {
      frontendOptions.put(name, value);
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

    public Builder localDirectory(String name, Path directory) {
      localDirectories.put(name, directory);
      return this;
    }

    public Builder ociLayout(String name, Path directory) {
      ociLayouts.put(name, directory);
      return this;
    }

    public Builder export(Export value) {
      exports.add(value);
      return this;
    }

    public Builder cacheExport(CacheOption value) {
      cacheExports.add(value);
      return this;
    }

    public Builder cacheImport(CacheOption value) {
      cacheImports.add(value);
      return this;
    }

    public Builder entitlement(String value) {
      entitlements.add(value);
      return this;
    }

    public Builder secret(SecretSource value) {
      secrets.add(value);
      return this;
    }

    public Builder sshAgent(SshSource value) {
      sshAgents.add(value);
      return this;
    }

    public Builder upload(String id, Supplier<InputStream> content) {
      uploads.put(id, content);
      return this;
    }

    /** Lends the credentials of this Docker configuration directory. */
    public Builder dockerConfig(Path directory) {
      dockerConfig = directory;
      return this;
    }

    public Builder sourcePolicy(SourcePolicy value) {
      sourcePolicy = value;
      return this;
    }

    public Builder reference(String value) {
      reference = value;
      return this;
    }

    public Builder sharedKey(String value) {
      sharedKey = value;
      return this;
    }

    public Builder internal(boolean value) {
      internal = value;
      return this;
    }

    public BuildRequest build() {
      return new BuildRequest(this);
    }
  }
}
