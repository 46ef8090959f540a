package dev.gatehouse.solver.worker.provenance;

import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What provenance a client asks for: the frontend option {@code attest:provenance}, whose value is
 * a list such as {@code mode=min,inline-only=true}.
 *
 * @param mode how much is told
 * @param version of SLSA: {@code v1} or {@code v0.2}
 * @param builderId URI of who builds; may be empty
 * @param reproducible whether the client claims that the build is reproducible
 * @param inlineOnly whether only exporters that attach attestations to images get it
 * @param completeMaterials whether a build with sources that cannot be named is refused
 * @param filename of the predicate where it is exported as a file
 */
public record ProvenanceOptions(
    Mode mode,
    String version,
    String builderId,
    boolean reproducible,
    boolean inlineOnly,
    boolean completeMaterials,
    String filename) {

  private static final String FILENAME = "provenance.json";

  /** How much is told. */
  public enum Mode {
    /** No build arguments, labels, secrets. */
    MIN,
    /** All that was asked for, with the ids of secrets and agents. */
    MAX
  }

  public ProvenanceOptions {
    Objects.requireNonNull(mode);
    Objects.requireNonNull(builderId);
    if (!version.equals("v1") && !version.equals("v0.2")) {
      throw new IllegalArgumentException("invalid provenance SLSA version: " + version);
    }
  }

  /**
   * All that there is to tell.
   *
   * @param builderId URI of who builds; may be empty
   */
  public static ProvenanceOptions all(String builderId) {
    return new ProvenanceOptions(Mode.MAX, "v1", builderId, false, false, false, FILENAME);
  }

  /**
   * Reads the options of a build's frontend.
   *
   * @return empty if no provenance is asked for
   * @throws SolveException with category USER if they do not make sense
   */
  public static Optional<ProvenanceOptions> parse(Map<String, String> frontendOptions)
      throws SolveException {
    Optional<ProvenanceOptions> asked = Optional.empty();
    for (Map.Entry<String, String> o : frontendOptions.entrySet()) {
      String key = o.getKey();
      String type;
      if (key.startsWith("attest:")) {
        type = key.substring("attest:".length()).toLowerCase(Locale.ROOT);
      } else if (key.startsWith("build-arg:BUILDKIT_ATTEST_")) {
        type = key.substring("build-arg:BUILDKIT_ATTEST_".length()).toLowerCase(Locale.ROOT);
      } else {
        continue;
      }
      switch (type) {
        case "provenance" -> asked = parse(o.getValue());
        case "sbom" -> {
          // The frontend's business.
        }
        default -> throw invalid("unknown attestation type \"" + type + "\"");
      }
    }
    return asked;
  }

  private static Optional<ProvenanceOptions> parse(String value) throws SolveException {
    Mode mode = Mode.MAX;
    String version = "v1";
    String builderId = "";
    boolean reproducible = false;
    boolean inlineOnly = false;
    boolean complete = false;
    String filename = FILENAME;
    for (String field : value.split(",")) {
      if (field.isEmpty()) {
        continue;
      }
      int equals = field.indexOf('=');
      String key = equals < 0 ? field : field.substring(0, equals);
      String v = equals < 0 ? "" : field.substring(equals + 1);
      switch (key) {
        case "mode" ->
            mode =
                switch (v) {
                  case "min" -> Mode.MIN;
                  case "max", "full" -> Mode.MAX;
                  default -> throw invalid("invalid mode \"" + v + "\"");
                };
        case "version" -> version = v;
        case "builder-id" -> builderId = v;
        case "reproducible" -> reproducible = bool(key, v);
        case "inline-only" -> inlineOnly = v.equals("1") || v.equalsIgnoreCase("true");
        case "complete-materials" -> complete = bool(key, v);
        case "filename" -> filename = v;
        case "disabled" -> {
          if (bool(key, v)) {
            return Optional.empty();
          }
        }
        default -> {
          // BuildKit takes what it does not know, too.
        }
      }
    }
    try {
      return Optional.of(
          new ProvenanceOptions(
              mode, version, builderId, reproducible, inlineOnly, complete, filename));
    } catch (IllegalArgumentException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  private static boolean bool(String key, String value) throws SolveException {
    return switch (value) {
      case "1", "t", "T", "TRUE", "true", "True" -> true;
      case "0", "f", "F", "FALSE", "false", "False" -> false;
      default -> throw invalid("failed to parse " + key + " flag \"" + value + "\"");
    };
  }

  private static SolveException invalid(String message) {
    return new SolveException("provenance.options", ErrorCategory.USER, message);
  }
}
