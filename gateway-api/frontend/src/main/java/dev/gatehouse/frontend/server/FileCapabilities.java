package dev.gatehouse.frontend.server;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.protocol.Capabilities;
import dev.gatehouse.protocol.pb.FileAction;
import dev.gatehouse.protocol.pb.FileActionCopy;
import dev.gatehouse.protocol.pb.Op;
import java.util.List;

/**
 * What file operations need of a server and do not declare: BuildKit's marshaller, whose bytes ours
 * are, leaves these capabilities out of the metadata, and a server that lacks them passes over the
 * fields. Files that were to be left out would then be copied without a word.
 *
 * <p>Operations are only read for servers that lack one of these.
 */
final class FileCapabilities {
  private static final List<String> ALL =
      List.of(
          Capabilities.FILE_COPY_INCLUDE_EXCLUDE_PATTERNS,
          Capabilities.FILE_COPY_REQUIRED_PATHS,
          Capabilities.FILE_COPY_ALWAYS_REPLACE_EXISTING_DEST_PATHS,
          Capabilities.FILE_SYMLINK_CREATE,
          Capabilities.FILE_RM_WILDCARD);

  private FileCapabilities() {}

  /** Fails if a file operation needs what the server lacks. */
  static void require(Definition definition, CapabilitySet server) throws FrontendException {
    if (ALL.stream().allMatch(server::supports)) {
      return;
    }
    for (byte[] bytes : definition.ops()) {
      Op op;
      try {
        op = Op.parseFrom(bytes);
      } catch (InvalidProtocolBufferException e) {
        // The server is the one to say so: it knows operations that this program does not.
        continue;
      }
      for (FileAction action : op.getFile().getActionsList()) {
        require(action, server);
      }
    }
  }

  private static void require(FileAction action, CapabilitySet server) throws FrontendException {
    if (action.hasCopy()) {
      FileActionCopy copy = action.getCopy();
      if (copy.getIncludePatternsCount() + copy.getExcludePatternsCount() > 0) {
        server.require(Capabilities.FILE_COPY_INCLUDE_EXCLUDE_PATTERNS);
      }
      if (copy.getRequiredPathsCount() > 0) {
        server.require(Capabilities.FILE_COPY_REQUIRED_PATHS);
      }
      if (copy.getAlwaysReplaceExistingDestPaths()) {
        server.require(Capabilities.FILE_COPY_ALWAYS_REPLACE_EXISTING_DEST_PATHS);
      }
    }
    if (action.hasSymlink()) {
      server.require(Capabilities.FILE_SYMLINK_CREATE);
    }
    if (action.hasRm()
        && action.getRm().getAllowWildcard()
        && action.getRm().getPath().matches(".*[*?\\[].*")) {
      server.require(Capabilities.FILE_RM_WILDCARD);
    }
  }
}
