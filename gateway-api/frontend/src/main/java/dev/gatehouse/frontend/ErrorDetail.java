package dev.gatehouse.frontend;

import dev.gatehouse.llb.SourceLocation;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A typed fact about a failure, carried over every transport as a detail of the gRPC status in
 * BuildKit's encoding.
 *
 * <p>Details that this version does not know are kept as {@link Unknown} and passed on unchanged.
 */
public sealed interface ErrorDetail {

  /** Where in the source the failure comes from. */
  record Source(SourceLocation location) implements ErrorDetail {
    public Source {
      Objects.requireNonNull(location, "location");
    }
  }

  /** The vertex that failed. */
  record Vertex(String digest) implements ErrorDetail {
    public Vertex {
      Objects.requireNonNull(digest, "digest");
    }
  }

  /** The frontend that failed: its name, and the image it came from or empty. */
  record Frontend(String name, String source) implements ErrorDetail {
    public Frontend {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(source, "source");
    }
  }

  /** A frontend lacks a capability that the build requires of it. */
  record FrontendCapability(String name) implements ErrorDetail {
    public FrontendCapability {
      Objects.requireNonNull(name, "name");
    }
  }

  /** A frontend does not know the subrequest. */
  record Subrequest(String name) implements ErrorDetail {
    public Subrequest {
      Objects.requireNonNull(name, "name");
    }
  }

  /** What a compatibility version of a build does not allow. */
  record CompatibilityFeature(long version, String feature) implements ErrorDetail {
    public CompatibilityFeature {
      Objects.requireNonNull(feature, "feature");
    }
  }

  /**
   * The operation that failed, with the file systems it saw, for a look inside by a container.
   *
   * @param inputIds results that were its inputs, usable in {@link ContainerMount.Bind#resultId()};
   *     empty where absent
   * @param mountIds results of its mounts after the failure
   * @param operation {@code pb.Op} as protobuf bytes, empty when not known
   * @param subject which part of the operation
   * @param subjectIndex of the file action or of the input
   * @param description of the vertex
   */
  record Solve(
      List<String> inputIds,
      List<String> mountIds,
      byte[] operation,
      SolveSubject subject,
      long subjectIndex,
      Map<String, String> description)
      implements ErrorDetail {
    public Solve {
      inputIds = List.copyOf(inputIds);
      mountIds = List.copyOf(mountIds);
      operation = operation.clone();
      Objects.requireNonNull(subject, "subject");
      description = Ordered.map(description);
    }
  }

  /** The part of an operation that failed. */
  enum SolveSubject {
    OPERATION,
    FILE_ACTION,
    CONTENT_CACHE
  }

  /** Materials of a build that are not pinned. */
  record ProvenanceIncomplete(List<Material> materials) implements ErrorDetail {
    public ProvenanceIncomplete {
      materials = List.copyOf(materials);
    }

    /** One material. */
    public record Material(
        String operation, String name, String method, String uri, String finalUri, String reason) {}
  }

  /** The exit code of a process. */
  record Exit(int code) implements ErrorDetail {}

  /**
   * What Gatehouse says beyond BuildKit: a stable code, a category and a hint (each may be empty).
   */
  record Diagnosis(String code, String category, String hint) implements ErrorDetail {
    public Diagnosis {
      Objects.requireNonNull(code, "code");
      Objects.requireNonNull(category, "category");
      Objects.requireNonNull(hint, "hint");
    }
  }

  /** Anything else, as it was on the wire. */
  record Unknown(String typeUrl, byte[] value) implements ErrorDetail {
    public Unknown {
      Objects.requireNonNull(typeUrl, "typeUrl");
      value = value.clone();
    }
  }
}
