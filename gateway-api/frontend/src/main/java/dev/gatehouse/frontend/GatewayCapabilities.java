package dev.gatehouse.frontend;

import java.util.List;

/**
 * The ids of the gateway's capabilities as of BuildKit v0.32. Ids are immutable; new features get
 * new ones.
 */
public final class GatewayCapabilities {
  private GatewayCapabilities() {}

  public static final String SOLVE_BASE = "solve.base";
  public static final String SOLVE_INLINE_RETURN = "solve.inlinereturn";
  public static final String RESOLVE_IMAGE = "resolveimage";
  public static final String RESOLVE_IMAGE_RESOLVE_MODE = "resolveimage.resolvemode";
  public static final String READ_FILE = "readfile";
  public static final String RETURN_RESULT = "return";
  public static final String RETURN_MAP = "returnmap";
  public static final String READ_DIR = "readdir";
  public static final String STAT_FILE = "statfile";
  public static final String IMPORT_CACHES = "importcaches";

  /** Results carry references as messages with a definition; without it, as bare ids. */
  public static final String PROTO_REF_ARRAY = "proto.refarray";

  /** A reference can be an input of another definition. */
  public static final String REFERENCE_OUTPUT = "reference.output";

  public static final String FRONTEND_INPUTS = "frontend.inputs";
  public static final String SOLVE_METADATA = "gateway.solve.metadata";
  public static final String EXEC = "gateway.exec";
  public static final String EXEC_EXTRA_HOSTS = "gateway.exec.extrahosts";
  public static final String EXEC_SECRET_ENV = "gateway.exec.secretenv";
  public static final String EXEC_SIGNALS = "gateway.exec.signals";
  public static final String EXEC_FILESYSTEM = "gateway.exec.filesystem";
  public static final String FRONTEND_CAPS = "frontend.caps";
  public static final String EVALUATE_SOLVE = "gateway.solve.evaluate";
  public static final String EVALUATE = "gateway.evaluate";
  public static final String WARNINGS = "gateway.warnings";
  public static final String ATTESTATIONS = "reference.attestations";
  public static final String SOURCE_META_RESOLVER = "source.metaresolver";
  public static final String SOURCE_META_RESOLVER_IMAGE_ATTESTATIONS =
      "source.metaresolver.image.attestations";
  public static final String SOURCE_META_RESOLVER_HTTP_CHECKSUM_REQUEST =
      "source.metaresolver.http.checksumrequest";

  private static final CapabilitySet ALL =
      CapabilitySet.of(
          List.of(
              Capability.enabled(SOLVE_BASE),
              new Capability(SOLVE_INLINE_RETURN, true, true, "", "", ""),
              Capability.enabled(RESOLVE_IMAGE),
              Capability.enabled(RESOLVE_IMAGE_RESOLVE_MODE),
              Capability.enabled(READ_FILE),
              Capability.enabled(RETURN_RESULT),
              Capability.enabled(RETURN_MAP),
              Capability.enabled(READ_DIR),
              Capability.enabled(STAT_FILE),
              Capability.enabled(IMPORT_CACHES),
              Capability.enabled(PROTO_REF_ARRAY),
              Capability.enabled(REFERENCE_OUTPUT),
              Capability.enabled(FRONTEND_INPUTS),
              Capability.enabled(SOLVE_METADATA),
              Capability.enabled(EXEC),
              Capability.enabled(EXEC_EXTRA_HOSTS),
              Capability.enabled(EXEC_SECRET_ENV),
              Capability.enabled(EXEC_SIGNALS),
              Capability.enabled(EXEC_FILESYSTEM),
              Capability.enabled(FRONTEND_CAPS),
              Capability.enabled(EVALUATE_SOLVE),
              Capability.enabled(EVALUATE),
              Capability.enabled(WARNINGS),
              Capability.enabled(ATTESTATIONS),
              Capability.enabled(SOURCE_META_RESOLVER),
              Capability.enabled(SOURCE_META_RESOLVER_IMAGE_ATTESTATIONS),
              Capability.enabled(SOURCE_META_RESOLVER_HTTP_CHECKSUM_REQUEST)));

  /** Everything this version of the gateway can do. */
  public static CapabilitySet all() {
    return ALL;
  }
}
