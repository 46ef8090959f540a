package dev.gatehouse.frontend.server;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.Status;
import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.llb.LlbException;
import dev.gatehouse.llb.SourceLocation;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.protocol.errdefs.CompatibilityFeature;
import dev.gatehouse.protocol.errdefs.ContentCache;
import dev.gatehouse.protocol.errdefs.FileAction;
import dev.gatehouse.protocol.errdefs.Frontend;
import dev.gatehouse.protocol.errdefs.FrontendCap;
import dev.gatehouse.protocol.errdefs.ProvenanceMaterialIncomplete;
import dev.gatehouse.protocol.errdefs.ProvenanceMaterialsIncomplete;
import dev.gatehouse.protocol.errdefs.Solve;
import dev.gatehouse.protocol.errdefs.Source;
import dev.gatehouse.protocol.errdefs.Subrequest;
import dev.gatehouse.protocol.errdefs.Vertex;
import dev.gatehouse.protocol.gateway.ExitMessage;
import dev.gatehouse.protocol.pb.Op;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Failures as {@code google.rpc.Status} and back, with BuildKit's typed errors as details.
 *
 * <p>A detail's type URL is that of containerd's typeurl registry, its value JSON: protobuf's
 * mapping for {@code Solve}, Go's struct encoding for the rest. Details of unknown type pass
 * through unchanged. What Gatehouse says beyond BuildKit (code, category, hint) is a detail of its
 * own, which others ignore; the hint is also a line of the message, for them.
 */
public final class Statuses {
  private static final String PREFIX = "github.com/moby/buildkit/";
  private static final String DIAGNOSIS = "dev.gatehouse/Diagnosis+json";
  private static final String HINT = "\nhint: ";

  private Statuses() {}

  /** The failure as {@code google.rpc.Status} in protobuf bytes. */
  public static byte[] toBytes(FrontendException e) {
    return toStatus(e).toByteArray();
  }

  /** The failure that {@code google.rpc.Status} in protobuf bytes describes. */
  public static FrontendException fromBytes(byte[] status) {
    try {
      return toException(Status.parseFrom(status), null);
    } catch (InvalidProtocolBufferException e) {
      return FrontendException.builder(Category.INTERNAL, "unreadable status: " + e.getMessage())
          .cause(e)
          .build();
    }
  }

  /** The failure as that of a call. */
  public static RpcException toRpc(FrontendException e) {
    Status status = toStatus(e);
    return new RpcException(
        StatusCode.of(status.getCode()),
        status.getMessage(),
        status.getDetailsCount() == 0 ? new byte[0] : status.toByteArray(),
        e);
  }

  /** The failure behind that of a call. */
  public static FrontendException fromRpc(RpcException e) {
    if (e.getCause() instanceof FrontendException original) {
      return original;
    }
    Status.Builder status = Status.newBuilder();
    if (e.details().length > 0) {
      try {
        status.mergeFrom(e.details());
      } catch (InvalidProtocolBufferException unreadable) {
        status.clear();
      }
    }
    // The header is authoritative for code and message; details may come without them.
    status.setCode(e.status().ordinal());
    if (status.getMessage().isEmpty()) {
      status.setMessage(e.getMessage());
    }
    return toException(status.build(), e);
  }

  static Status toStatus(FrontendException e) {
    StatusCode code = e.status() == StatusCode.OK ? StatusCode.UNKNOWN : e.status();
    Status.Builder b = Status.newBuilder().setCode(code.ordinal());
    b.setMessage(e.hint().map(hint -> e.getMessage() + HINT + hint).orElse(e.getMessage()));
    for (ErrorDetail detail : e.details()) {
      if (!(detail instanceof ErrorDetail.Diagnosis)) {
        b.addDetails(detail(detail));
      }
    }
    if (!e.code().isEmpty() || e.hint().isPresent() || categoryOf(code) != e.category()) {
      b.addDetails(
          detail(
              new ErrorDetail.Diagnosis(
                  e.code(), e.category().name().toLowerCase(Locale.ROOT), e.hint().orElse(""))));
    }
    return b.build();
  }

  static FrontendException toException(
      Status status, @org.jspecify.annotations.Nullable Throwable cause) {
    StatusCode code = StatusCode.of(status.getCode());
    Category category = categoryOf(code);
    String message = status.getMessage();
    ErrorDetail.Diagnosis diagnosis = null;
    java.util.List<ErrorDetail> details = new java.util.ArrayList<>();
    for (Any any : status.getDetailsList()) {
      ErrorDetail detail = detail(any);
      if (detail instanceof ErrorDetail.Diagnosis d) {
        diagnosis = d;
      } else {
        details.add(detail);
      }
    }
    if (diagnosis != null) {
      for (Category c : Category.values()) {
        if (c.name().equalsIgnoreCase(diagnosis.category())) {
          category = c;
        }
      }
      String hint = HINT + diagnosis.hint();
      if (!diagnosis.hint().isEmpty() && message.endsWith(hint)) {
        message = message.substring(0, message.length() - hint.length());
      }
    }
    FrontendException.Builder b =
        FrontendException.builder(category, message)
            .status(code == StatusCode.OK ? StatusCode.UNKNOWN : code)
            .cause(cause);
    details.forEach(b::detail);
    if (diagnosis != null) {
      b.code(diagnosis.code()).hint(diagnosis.hint());
    }
    return b.build();
  }

  private static Category categoryOf(StatusCode code) {
    return switch (code) {
      case CANCELLED -> Category.CANCELLED;
      case INTERNAL, DATA_LOSS -> Category.INTERNAL;
      case UNAVAILABLE, UNIMPLEMENTED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAUTHENTICATED ->
          Category.ENVIRONMENT;
      case OK,
          UNKNOWN,
          INVALID_ARGUMENT,
          NOT_FOUND,
          ALREADY_EXISTS,
          PERMISSION_DENIED,
          FAILED_PRECONDITION,
          ABORTED,
          OUT_OF_RANGE ->
          Category.USER;
    };
  }

  private static Any any(String type, byte[] value) {
    return Any.newBuilder().setTypeUrl(type).setValue(ByteString.copyFrom(value)).build();
  }

  private static Any any(String type, Message message) {
    return any(PREFIX + type + "+json", ProtoJson.write(message, ProtoJson.Dialect.GO_STRUCT));
  }

  static Any detail(ErrorDetail detail) {
    if (detail instanceof ErrorDetail.Source d) {
      return any("errdefs.Source", Wire.source(d.location()));
    } else if (detail instanceof ErrorDetail.Vertex d) {
      return any("errdefs.Vertex", Vertex.newBuilder().setDigest(d.digest()).build());
    } else if (detail instanceof ErrorDetail.Frontend d) {
      return any(
          "errdefs.Frontend",
          Frontend.newBuilder().setName(d.name()).setSource(d.source()).build());
    } else if (detail instanceof ErrorDetail.FrontendCapability d) {
      return any("errdefs.FrontendCap", FrontendCap.newBuilder().setName(d.name()).build());
    } else if (detail instanceof ErrorDetail.Subrequest d) {
      return any("errdefs.Subrequest", Subrequest.newBuilder().setName(d.name()).build());
    } else if (detail instanceof ErrorDetail.CompatibilityFeature d) {
      return any(
          "errdefs.CompatibilityFeature",
          CompatibilityFeature.newBuilder()
              .setVersion(d.version())
              .setFeature(d.feature())
              .build());
    } else if (detail instanceof ErrorDetail.Exit d) {
      return any("gatewayapi.ExitMessage", ExitMessage.newBuilder().setCode(d.code()).build());
    } else if (detail instanceof ErrorDetail.ProvenanceIncomplete d) {
      ProvenanceMaterialsIncomplete.Builder b = ProvenanceMaterialsIncomplete.newBuilder();
      for (ErrorDetail.ProvenanceIncomplete.Material m : d.materials()) {
        b.addIncomplete(
            ProvenanceMaterialIncomplete.newBuilder()
                .setOp(m.operation())
                .setName(m.name())
                .setMethod(m.method())
                .setUri(m.uri())
                .setFinalUri(m.finalUri())
                .setReason(m.reason()));
      }
      return any("errdefs.ProvenanceMaterialsIncomplete", b.build());
    } else if (detail instanceof ErrorDetail.Solve d) {
      return any(
          PREFIX + "errdefs.Solve+json", ProtoJson.write(solve(d), ProtoJson.Dialect.PROTOBUF));
    } else if (detail instanceof ErrorDetail.Diagnosis d) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("code", d.code());
      json.put("category", d.category());
      json.put("hint", d.hint());
      return any(DIAGNOSIS, Json.bytes(json));
    } else if (detail instanceof ErrorDetail.Unknown d) {
      return any(d.typeUrl(), d.value());
    }
    throw new AssertionError(detail);
  }

  private static Solve solve(ErrorDetail.Solve d) {
    Solve.Builder b =
        Solve.newBuilder()
            .addAllInputIDs(d.inputIds())
            .addAllMountIDs(d.mountIds())
            .putAllDescription(d.description());
    if (d.operation().length > 0) {
      try {
        b.setOp(Op.parseFrom(d.operation()));
      } catch (InvalidProtocolBufferException e) {
        throw new LlbException("the operation of a failure cannot be read", e);
      }
    }
    switch (d.subject()) {
      case OPERATION -> {}
      case FILE_ACTION -> b.setFile(FileAction.newBuilder().setIndex(d.subjectIndex()));
      case CONTENT_CACHE -> b.setCache(ContentCache.newBuilder().setIndex(d.subjectIndex()));
    }
    return b.build();
  }

  private static <B extends Message.Builder> B read(Any any, B builder) {
    ProtoJson.read(any.getValue().toByteArray(), builder);
    return builder;
  }

  static ErrorDetail detail(Any any) {
    try {
      switch (any.getTypeUrl()) {
        case PREFIX + "errdefs.Source+json" -> {
          SourceLocation location = Wire.location(read(any, Source.newBuilder()).build());
          return new ErrorDetail.Source(location);
        }
        case PREFIX + "errdefs.Vertex+json" -> {
          return new ErrorDetail.Vertex(read(any, Vertex.newBuilder()).getDigest());
        }
        case PREFIX + "errdefs.Frontend+json" -> {
          Frontend.Builder b = read(any, Frontend.newBuilder());
          return new ErrorDetail.Frontend(b.getName(), b.getSource());
        }
        case PREFIX + "errdefs.FrontendCap+json" -> {
          return new ErrorDetail.FrontendCapability(read(any, FrontendCap.newBuilder()).getName());
        }
        case PREFIX + "errdefs.Subrequest+json" -> {
          return new ErrorDetail.Subrequest(read(any, Subrequest.newBuilder()).getName());
        }
        case PREFIX + "errdefs.CompatibilityFeature+json" -> {
          CompatibilityFeature.Builder b = read(any, CompatibilityFeature.newBuilder());
          return new ErrorDetail.CompatibilityFeature(b.getVersion(), b.getFeature());
        }
        case PREFIX + "gatewayapi.ExitMessage+json" -> {
          return new ErrorDetail.Exit(read(any, ExitMessage.newBuilder()).getCode());
        }
        case PREFIX + "errdefs.ProvenanceMaterialsIncomplete+json" -> {
          return new ErrorDetail.ProvenanceIncomplete(
              read(any, ProvenanceMaterialsIncomplete.newBuilder()).getIncompleteList().stream()
                  .map(m ->
                      new ErrorDetail.ProvenanceIncomplete.Material(
                          m.getOp(),
                          m.getName(),
                          m.getMethod(),
                          m.getUri(),
                          m.getFinalUri(),
                          m.getReason()))
                  .toList());
        }
        case PREFIX + "errdefs.Solve+json" -> {
          Solve.Builder b = read(any, Solve.newBuilder());
          ErrorDetail.SolveSubject subject =
              b.hasFile()
                  ? ErrorDetail.SolveSubject.FILE_ACTION
                  : b.hasCache()
                      ? ErrorDetail.SolveSubject.CONTENT_CACHE
                      : ErrorDetail.SolveSubject.OPERATION;
          return new ErrorDetail.Solve(
              b.getInputIDsList(),
              b.getMountIDsList(),
              b.hasOp() ? b.getOp().toByteArray() : new byte[0],
              subject,
              b.hasFile() ? b.getFile().getIndex() : b.getCache().getIndex(),
              b.getDescriptionMap());
        }
        case DIAGNOSIS -> {
          if (Json.parse(any.getValue().toByteArray()) instanceof Map<?, ?> json) {
            return new ErrorDetail.Diagnosis(
                text(json, "code"), text(json, "category"), text(json, "hint"));
          }
        }
        default -> {}
      }
    } catch (LlbException | IllegalArgumentException e) {
      // What cannot be read passes through as it is.
    }
    return new ErrorDetail.Unknown(any.getTypeUrl(), any.getValue().toByteArray());
  }

  private static String text(Map<?, ?> json, String name) {
    return Objects.toString(json.get(name), "");
  }

  /** A request that makes no sense. */
  static FrontendException invalid(String message) {
    return FrontendException.builder(Category.USER, message)
        .status(StatusCode.INVALID_ARGUMENT)
        .build();
  }

  /** A request that names something that is not there. */
  static FrontendException notFound(String message) {
    return FrontendException.builder(Category.USER, message).status(StatusCode.NOT_FOUND).build();
  }
}
