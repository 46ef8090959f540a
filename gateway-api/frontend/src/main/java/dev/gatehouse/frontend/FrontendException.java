package dev.gatehouse.frontend;

import dev.gatehouse.llb.SourceLocation;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The failure of a build, or of one call to the gateway, with everything that the person who builds
 * should see.
 *
 * <p>It crosses every transport as a gRPC status whose details are BuildKit's typed errors, so
 * source ranges reach BuildKit's own clients. The message is one or more plain sentences without a
 * prefix.
 */
public class FrontendException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Who can do something about a failure. */
  public enum Category {
    /** The person who builds: something in the build's input is wrong. */
    USER,
    /** The machine, the network, the configuration, the version of the server. */
    ENVIRONMENT,
    /** The makers of Gatehouse or of the frontend. */
    INTERNAL,
    /** Nobody: the build was cancelled. */
    CANCELLED
  }

  private final Category category;
  private final StatusCode status;
  private final transient List<ErrorDetail> details;
  private final String code;
  private final String hint;

  /** For subclasses. */
  protected FrontendException(Builder b) {
    super(b.message, b.cause);
    category = b.category;
    status = b.status;
    code = b.code;
    hint = b.hint;
    details = List.copyOf(b.details);
  }

  /** Starts an exception. */
  public static Builder builder(Category category, String message) {
    return new Builder(category, message);
  }

  /** Something in the build's input is wrong. */
  public static FrontendException user(String message) {
    return builder(Category.USER, message).build();
  }

  /** Something in the build's input is wrong, here. */
  public static FrontendException user(String message, SourceMap file, List<SourceRange> ranges) {
    return builder(Category.USER, message).source(file, ranges).build();
  }

  /** The machine, network or configuration is in the way. */
  public static FrontendException environment(String message) {
    return builder(Category.ENVIRONMENT, message).build();
  }

  /** A fault of the frontend or of Gatehouse. */
  public static FrontendException internal(String message) {
    return builder(Category.INTERNAL, message).build();
  }

  /** A subrequest that a frontend does not know. */
  public static FrontendException unsupportedSubrequest(String name) {
    return builder(Category.USER, "unsupported request " + name)
        .code("subrequest.unsupported")
        .status(StatusCode.UNIMPLEMENTED)
        .detail(new ErrorDetail.Subrequest(name))
        .build();
  }

  /** A capability that the build requires of a frontend and that it lacks. */
  public static FrontendException unsupportedFrontendCapability(String name) {
    return builder(Category.USER, "unsupported frontend capability " + name)
        .code("frontend.capability.unsupported")
        .status(StatusCode.UNIMPLEMENTED)
        .detail(new ErrorDetail.FrontendCapability(name))
        .build();
  }

  /** The message, never null. */
  @Override
  public String getMessage() {
    return Objects.requireNonNullElse(super.getMessage(), "");
  }

  public Category category() {
    return category;
  }

  /** Status code for the wire; {@link StatusCode#UNKNOWN} for the failures of a build. */
  public StatusCode status() {
    return status;
  }

  /** A stable name of the failure such as {@code dockerfile.unknown-instruction}, or empty. */
  public String code() {
    return code;
  }

  /** What to do about it. */
  public Optional<String> hint() {
    return hint.isEmpty() ? Optional.empty() : Optional.of(hint);
  }

  /** Typed facts, in the order in which they were added: the innermost first. */
  public List<ErrorDetail> details() {
    return details;
  }

  /** Where in the source the failure comes from, innermost first. */
  public List<SourceLocation> sources() {
    List<SourceLocation> sources = new ArrayList<>();
    for (ErrorDetail d : details) {
      if (d instanceof ErrorDetail.Source s) {
        sources.add(s.location());
      }
    }
    return sources;
  }

  /** The vertex that failed. */
  public Optional<String> vertexDigest() {
    return detail(ErrorDetail.Vertex.class).map(ErrorDetail.Vertex::digest);
  }

  /** The first detail of this type. */
  public <D extends ErrorDetail> Optional<D> detail(Class<D> type) {
    return details.stream().filter(type::isInstance).map(type::cast).findFirst();
  }

  /** The same failure, to add facts to; this exception becomes the cause. */
  public Builder toBuilder() {
    Builder b = new Builder(category, getMessage());
    b.status = status;
    b.code = code;
    b.hint = hint;
    b.details.addAll(details);
    b.cause = this;
    return b;
  }

  /** Collects an exception. */
  public static final class Builder {
    private final Category category;
    private final String message;
    private StatusCode status;
    private String code = "";
    private String hint = "";
    private final List<ErrorDetail> details = new ArrayList<>();
    private @Nullable Throwable cause;

    private Builder(Category category, String message) {
      this.category = Objects.requireNonNull(category);
      this.message = Objects.requireNonNull(message);
      this.status = category == Category.CANCELLED ? StatusCode.CANCELLED : StatusCode.UNKNOWN;
    }

    public Builder status(StatusCode value) {
      status = value;
      return this;
    }

    public Builder code(String value) {
      code = value;
      return this;
    }

    public Builder hint(String value) {
      hint = value;
      return this;
    }

    public Builder cause(@Nullable Throwable value) {
      cause = value;
      return this;
    }

    public Builder detail(ErrorDetail value) {
      details.add(value);
      return this;
    }

    /** Adds a place in a source file. */
    public Builder source(SourceMap file, List<SourceRange> ranges) {
      return detail(new ErrorDetail.Source(new SourceLocation(file, ranges)));
    }

    /** Adds the vertex that failed. */
    public Builder vertex(String digest) {
      return detail(new ErrorDetail.Vertex(digest));
    }

    public FrontendException build() {
      return new FrontendException(this);
    }
  }
}
