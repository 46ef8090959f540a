package dev.gatehouse.protocol;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Ids of the capabilities by which client, frontend and daemon negotiate features: all that
 * BuildKit v0.32 knows.
 *
 * <p>Ids are never renamed, misspelt ones neither. Those named {@code GATEWAY_...} are what a
 * gateway may be asked, the others what a definition or a request may contain.
 */
public final class Capabilities {
  public static final String SOURCE_IMAGE = "source.image";
  public static final String SOURCE_IMAGE_RESOLVE_MODE = "source.image.resolvemode";
  public static final String SOURCE_IMAGE_LAYER_LIMIT = "source.image.layerlimit";
  public static final String SOURCE_IMAGE_CHECKSUM = "source.image.checksum";
  public static final String SOURCE_LOCAL = "source.local";
  public static final String SOURCE_LOCAL_UNIQUE = "source.local.unique";
  public static final String SOURCE_LOCAL_SESSION_ID = "source.local.sessionid";
  public static final String SOURCE_LOCAL_INCLUDE_PATTERNS = "source.local.includepatterns";
  public static final String SOURCE_LOCAL_FOLLOW_PATHS = "source.local.followpaths";
  public static final String SOURCE_LOCAL_EXCLUDE_PATTERNS = "source.local.excludepatterns";
  public static final String SOURCE_LOCAL_SHARED_KEY_HINT = "source.local.sharedkeyhint";
  public static final String SOURCE_LOCAL_DIFFER = "source.local.differ";
  public static final String SOURCE_METADATA_TRANSFER = "source.local.metadatatransfer";
  public static final String SOURCE_GIT = "source.git";
  public static final String SOURCE_GIT_KEEP_DIR = "source.git.keepgitdir";
  public static final String SOURCE_GIT_FULL_URL = "source.git.fullurl";
  public static final String SOURCE_GIT_HTTP_AUTH = "source.git.httpauth";
  public static final String SOURCE_GIT_KNOWN_SSH_HOSTS = "source.git.knownsshhosts";
  public static final String SOURCE_GIT_MOUNT_SSH_SOCK = "source.git.mountsshsock";
  public static final String SOURCE_GIT_SUBDIR = "source.git.subdir";
  public static final String SOURCE_GIT_CHECKSUM = "source.git.checksum";
  public static final String SOURCE_GIT_SKIP_SUBMODULES = "source.git.skipsubmodules";
  public static final String SOURCE_GIT_SIGNATURE_VERIFY = "source.git.signatureverify";
  public static final String SOURCE_GIT_MTIME = "source.git.mtime";
  public static final String SOURCE_GIT_FETCH_BY_COMMIT = "source.git.fetchbycommit";
  public static final String SOURCE_GIT_BUNDLE = "source.git.bundle";
  public static final String SOURCE_GIT_CHECKOUT_BUNDLE = "source.git.checkoutbundle";
  public static final String SOURCE_HTTP = "source.http";
  public static final String SOURCE_HTTP_AUTH = "source.http.auth";
  public static final String SOURCE_HTTP_CHECKSUM = "source.http.checksum";
  public static final String SOURCE_HTTP_PERM = "source.http.perm";
  public static final String SOURCE_HTTPUIDGID = "soruce.http.uidgid";
  public static final String SOURCE_HTTP_HEADER = "source.http.header";
  public static final String SOURCE_HTTP_SIGNATURE_VERIFY = "source.http.signatureverify";
  public static final String SOURCE_IMAGE_BLOB = "source.imageblob";
  public static final String SOURCE_OCI_LAYOUT = "source.ocilayout";
  public static final String BUILD_OP_LLB_FILE_NAME = "source.buildop.llbfilename";
  public static final String EXEC_META_BASE = "exec.meta.base";
  public static final String EXEC_META_CGROUP_PARENT = "exec.meta.cgroup.parent";
  public static final String EXEC_META_NETWORK = "exec.meta.network";
  public static final String EXEC_META_NETWORK_PROXY = "exec.meta.network.proxy";
  public static final String EXEC_META_PROXY = "exec.meta.proxyenv";
  public static final String EXEC_META_SECURITY = "exec.meta.security";
  public static final String EXEC_META_SECURITY_DEVICE_WHITELIST_V1 =
      "exec.meta.security.devices.v1";
  public static final String EXEC_META_SETS_DEFAULT_PATH = "exec.meta.setsdefaultpath";
  public static final String EXEC_META_ULIMIT = "exec.meta.ulimit";
  public static final String EXEC_META_CDI = "exec.meta.cdi";
  public static final String EXEC_META_REMOVE_MOUNT_STUBS_RECURSIVE =
      "exec.meta.removemountstubs.recursive";
  public static final String EXEC_META_LINUX_RESOURCES = "exec.meta.linux.resources";
  public static final String EXEC_MOUNT_BIND = "exec.mount.bind";
  public static final String EXEC_MOUNT_BIND_READ_WRITE_NO_OUTPUT =
      "exec.mount.bind.readwrite-nooutput";
  public static final String EXEC_MOUNT_CACHE = "exec.mount.cache";
  public static final String EXEC_MOUNT_CACHE_SHARING = "exec.mount.cache.sharing";
  public static final String EXEC_MOUNT_SELECTOR = "exec.mount.selector";
  public static final String EXEC_MOUNT_TMPFS = "exec.mount.tmpfs";
  public static final String EXEC_MOUNT_TMPFS_SIZE = "exec.mount.tmpfs.size";
  public static final String EXEC_MOUNT_SECRET = "exec.mount.secret";
  public static final String EXEC_MOUNT_SSH = "exec.mount.ssh";
  public static final String EXEC_MOUNT_CONTENT_CACHE = "exec.mount.cache.content";
  public static final String EXEC_CGROUPS_MOUNTED = "exec.cgroup";
  public static final String EXEC_SECRET_ENV = "exec.secretenv";
  public static final String EXEC_VALID_EXIT_CODE = "exec.validexitcode";
  public static final String FILE_BASE = "file.base";
  public static final String FILE_RM_WILDCARD = "file.rm.wildcard";
  public static final String FILE_COPY_INCLUDE_EXCLUDE_PATTERNS =
      "file.copy.includeexcludepatterns";
  public static final String FILE_COPY_REQUIRED_PATHS = "file.copy.requiredpaths";
  public static final String FILE_RM_NO_FOLLOW_SYMLINK = "file.rm.nofollowsymlink";
  public static final String FILE_COPY_ALWAYS_REPLACE_EXISTING_DEST_PATHS =
      "file.copy.alwaysreplaceexistingdestpaths";
  public static final String FILE_COPY_MODE_STRING_FORMAT = "file.copy.modestring";
  public static final String FILE_SYMLINK_CREATE = "file.symlink.create";
  public static final String CONSTRAINTS = "constraints";
  public static final String PLATFORM = "platform";
  public static final String META_IGNORE_CACHE = "meta.ignorecache";
  public static final String META_DESCRIPTION = "meta.description";
  public static final String META_EXPORT_CACHE = "meta.exportcache";
  public static final String REMOTE_CACHE_GHA = "cache.gha";
  public static final String REMOTE_CACHE_S3 = "cache.s3";
  public static final String REMOTE_CACHE_AZ_BLOB = "cache.azblob";
  public static final String MERGE_OP = "mergeop";
  public static final String DIFF_OP = "diffop";
  public static final String PASSTHROUGH_OP = "passthroughop";
  public static final String ANNOTATIONS = "exporter.image.annotations";
  public static final String ATTESTATIONS = "exporter.image.attestations";
  public static final String SOURCE_DATE_EPOCH = "exporter.sourcedateepoch";
  public static final String MULTIPLE_EXPORTERS = "exporter.multiple";
  public static final String SESSION_EXPORTER = "exporter.session";
  public static final String SOURCE_POLICY = "source.policy";
  public static final String SOURCE_POLICY_SESSION = "source.policy.session";
  public static final String GC_FREE_SPACE_FILTER = "gc.freespacefilter";
  public static final String HISTORY_FILTERS = "history.filter";

  public static final String GATEWAY_SOLVE_BASE = "solve.base";
  public static final String GATEWAY_SOLVE_INLINE_RETURN = "solve.inlinereturn";
  public static final String GATEWAY_RESOLVE_IMAGE = "resolveimage";
  public static final String GATEWAY_RESOLVE_IMAGE_RESOLVE_MODE = "resolveimage.resolvemode";
  public static final String GATEWAY_READ_FILE = "readfile";
  public static final String GATEWAY_RETURN_RESULT = "return";
  public static final String GATEWAY_RETURN_MAP = "returnmap";
  public static final String GATEWAY_READ_DIR = "readdir";
  public static final String GATEWAY_STAT_FILE = "statfile";
  public static final String GATEWAY_IMPORT_CACHES = "importcaches";
  public static final String GATEWAY_PROTO_REF_ARRAY = "proto.refarray";
  public static final String GATEWAY_REFERENCE_OUTPUT = "reference.output";
  public static final String GATEWAY_FRONTEND_INPUTS = "frontend.inputs";
  public static final String GATEWAY_GATEWAY_SOLVE_METADATA = "gateway.solve.metadata";
  public static final String GATEWAY_GATEWAY_EXEC = "gateway.exec";
  public static final String GATEWAY_GATEWAY_EXEC_EXTRA_HOSTS = "gateway.exec.extrahosts";
  public static final String GATEWAY_GATEWAY_EXEC_SECRET_ENV = "gateway.exec.secretenv";
  public static final String GATEWAY_GATEWAY_EXEC_SIGNALS = "gateway.exec.signals";
  public static final String GATEWAY_GATEWAY_EXEC_FILESYSTEM = "gateway.exec.filesystem";
  public static final String GATEWAY_FRONTEND_CAPS = "frontend.caps";
  public static final String GATEWAY_GATEWAY_EVALUATE_SOLVE = "gateway.solve.evaluate";
  public static final String GATEWAY_GATEWAY_EVALUATE = "gateway.evaluate";
  public static final String GATEWAY_GATEWAY_WARNINGS = "gateway.warnings";
  public static final String GATEWAY_ATTESTATIONS = "reference.attestations";
  public static final String GATEWAY_SOURCE_META_RESOLVER = "source.metaresolver";
  public static final String GATEWAY_SOURCE_META_RESOLVER_IMAGE_ATTESTATIONS =
      "source.metaresolver.image.attestations";
  public static final String GATEWAY_SOURCE_META_RESOLVER_HTTP_CHECKSUM_REQUEST =
      "source.metaresolver.http.checksumrequest";

  /**
   * All capabilities of definitions and requests that BuildKit announces; two of the ids above it
   * only declares.
   */
  public static final Set<String> LLB =
      Collections.unmodifiableSet(
          new LinkedHashSet<>(
              List.of(
                  SOURCE_IMAGE,
                  SOURCE_IMAGE_RESOLVE_MODE,
                  SOURCE_IMAGE_LAYER_LIMIT,
                  SOURCE_IMAGE_CHECKSUM,
                  SOURCE_LOCAL,
                  SOURCE_LOCAL_UNIQUE,
                  SOURCE_LOCAL_SESSION_ID,
                  SOURCE_LOCAL_INCLUDE_PATTERNS,
                  SOURCE_LOCAL_FOLLOW_PATHS,
                  SOURCE_LOCAL_EXCLUDE_PATTERNS,
                  SOURCE_LOCAL_SHARED_KEY_HINT,
                  SOURCE_LOCAL_DIFFER,
                  SOURCE_METADATA_TRANSFER,
                  SOURCE_GIT,
                  SOURCE_GIT_KEEP_DIR,
                  SOURCE_GIT_FULL_URL,
                  SOURCE_GIT_HTTP_AUTH,
                  SOURCE_GIT_KNOWN_SSH_HOSTS,
                  SOURCE_GIT_MOUNT_SSH_SOCK,
                  SOURCE_GIT_SUBDIR,
                  SOURCE_GIT_CHECKSUM,
                  SOURCE_GIT_SKIP_SUBMODULES,
                  SOURCE_GIT_SIGNATURE_VERIFY,
                  SOURCE_GIT_MTIME,
                  SOURCE_GIT_FETCH_BY_COMMIT,
                  SOURCE_GIT_BUNDLE,
                  SOURCE_GIT_CHECKOUT_BUNDLE,
                  SOURCE_HTTP,
                  SOURCE_HTTP_AUTH,
                  SOURCE_HTTP_CHECKSUM,
                  SOURCE_HTTP_PERM,
                  SOURCE_HTTPUIDGID,
                  SOURCE_HTTP_HEADER,
                  SOURCE_HTTP_SIGNATURE_VERIFY,
                  SOURCE_IMAGE_BLOB,
                  SOURCE_OCI_LAYOUT,
                  BUILD_OP_LLB_FILE_NAME,
                  EXEC_META_BASE,
                  EXEC_META_CGROUP_PARENT,
                  EXEC_META_NETWORK,
                  EXEC_META_NETWORK_PROXY,
                  EXEC_META_PROXY,
                  EXEC_META_SECURITY,
                  EXEC_META_SECURITY_DEVICE_WHITELIST_V1,
                  EXEC_META_SETS_DEFAULT_PATH,
                  EXEC_META_ULIMIT,
                  EXEC_META_CDI,
                  EXEC_META_LINUX_RESOURCES,
                  EXEC_MOUNT_BIND,
                  EXEC_MOUNT_BIND_READ_WRITE_NO_OUTPUT,
                  EXEC_MOUNT_CACHE,
                  EXEC_MOUNT_CACHE_SHARING,
                  EXEC_MOUNT_SELECTOR,
                  EXEC_MOUNT_TMPFS,
                  EXEC_MOUNT_TMPFS_SIZE,
                  EXEC_MOUNT_SECRET,
                  EXEC_MOUNT_SSH,
                  EXEC_MOUNT_CONTENT_CACHE,
                  EXEC_CGROUPS_MOUNTED,
                  EXEC_SECRET_ENV,
                  EXEC_VALID_EXIT_CODE,
                  FILE_BASE,
                  FILE_RM_WILDCARD,
                  FILE_COPY_INCLUDE_EXCLUDE_PATTERNS,
                  FILE_COPY_REQUIRED_PATHS,
                  FILE_RM_NO_FOLLOW_SYMLINK,
                  FILE_COPY_ALWAYS_REPLACE_EXISTING_DEST_PATHS,
                  FILE_SYMLINK_CREATE,
                  CONSTRAINTS,
                  PLATFORM,
                  META_IGNORE_CACHE,
                  META_DESCRIPTION,
                  META_EXPORT_CACHE,
                  REMOTE_CACHE_GHA,
                  REMOTE_CACHE_S3,
                  REMOTE_CACHE_AZ_BLOB,
                  MERGE_OP,
                  DIFF_OP,
                  PASSTHROUGH_OP,
                  ANNOTATIONS,
                  ATTESTATIONS,
                  SOURCE_DATE_EPOCH,
                  MULTIPLE_EXPORTERS,
                  SESSION_EXPORTER,
                  SOURCE_POLICY,
                  SOURCE_POLICY_SESSION,
                  GC_FREE_SPACE_FILTER,
                  HISTORY_FILTERS)));

  /** All capabilities of the gateway. */
  public static final Set<String> GATEWAY =
      Collections.unmodifiableSet(
          new LinkedHashSet<>(
              List.of(
                  GATEWAY_SOLVE_BASE,
                  GATEWAY_SOLVE_INLINE_RETURN,
                  GATEWAY_RESOLVE_IMAGE,
                  GATEWAY_RESOLVE_IMAGE_RESOLVE_MODE,
                  GATEWAY_READ_FILE,
                  GATEWAY_RETURN_RESULT,
                  GATEWAY_RETURN_MAP,
                  GATEWAY_READ_DIR,
                  GATEWAY_STAT_FILE,
                  GATEWAY_IMPORT_CACHES,
                  GATEWAY_PROTO_REF_ARRAY,
                  GATEWAY_REFERENCE_OUTPUT,
                  GATEWAY_FRONTEND_INPUTS,
                  GATEWAY_GATEWAY_SOLVE_METADATA,
                  GATEWAY_GATEWAY_EXEC,
                  GATEWAY_GATEWAY_EXEC_EXTRA_HOSTS,
                  GATEWAY_GATEWAY_EXEC_SECRET_ENV,
                  GATEWAY_GATEWAY_EXEC_SIGNALS,
                  GATEWAY_GATEWAY_EXEC_FILESYSTEM,
                  GATEWAY_FRONTEND_CAPS,
                  GATEWAY_GATEWAY_EVALUATE_SOLVE,
                  GATEWAY_GATEWAY_EVALUATE,
                  GATEWAY_GATEWAY_WARNINGS,
                  GATEWAY_ATTESTATIONS,
                  GATEWAY_SOURCE_META_RESOLVER,
                  GATEWAY_SOURCE_META_RESOLVER_IMAGE_ATTESTATIONS,
                  GATEWAY_SOURCE_META_RESOLVER_HTTP_CHECKSUM_REQUEST)));

  private Capabilities() {}
}
