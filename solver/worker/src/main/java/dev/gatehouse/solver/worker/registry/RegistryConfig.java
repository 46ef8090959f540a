package dev.gatehouse.solver.worker.registry;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How one registry host is reached: the {@code [registry."host"]} section of {@code
 * buildkitd.toml}.
 *
 * @param mirrors hosts, with an optional path, that are asked before the host itself
 * @param plainHttp whether to speak HTTP; empty to decide by the host, which is so for localhost
 * @param insecure whether certificates are not verified; empty for no
 * @param rootCas PEM files with certificates to trust beside those of the JDK
 * @param keyPairs client certificates
 * @param tlsConfigDirs directories of {@code *.crt}, and {@code *.cert} with {@code *.key}
 */
public record RegistryConfig(
    List<String> mirrors,
    Optional<Boolean> plainHttp,
    Optional<Boolean> insecure,
    List<Path> rootCas,
    List<KeyPair> keyPairs,
    List<Path> tlsConfigDirs) {

  /** Nothing said. */
  public static final RegistryConfig DEFAULT =
      new RegistryConfig(
          List.of(), Optional.empty(), Optional.empty(), List.of(), List.of(), List.of());

  /** PEM files of a client's certificate and its key. */
  public record KeyPair(Path key, Path certificate) {}

  public RegistryConfig {
    mirrors = List.copyOf(mirrors);
    rootCas = List.copyOf(rootCas);
    keyPairs = List.copyOf(keyPairs);
    tlsConfigDirs = List.copyOf(tlsConfigDirs);
  }
}
