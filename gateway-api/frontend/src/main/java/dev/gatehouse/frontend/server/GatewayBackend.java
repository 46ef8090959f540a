package dev.gatehouse.frontend.server;

import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.SourceMetadata;
import dev.gatehouse.frontend.SourceRequest;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.frontend.WorkerInfo;
import dev.gatehouse.llb.Definition;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a host does for one build of one frontend; {@link GatewayService} puts the protocol in front
 * of it.
 *
 * <p>Called by several threads at once. References and containers in requests are those that this
 * backend handed out; the service maps them to and from ids on the wire. The backend owns what it
 * hands out: it gives everything back when the build is over, whether or not the frontend did. A
 * thread that serves a call whose frontend has gone is interrupted.
 */
public interface GatewayBackend {

  /** What definitions may contain. */
  CapabilitySet llbCapabilities();

  /** What the gateway can do; a backend without containers leaves {@code gateway.exec*} out. */
  default CapabilitySet gatewayCapabilities() {
    return GatewayCapabilities.all();
  }

  /** What the build can run on; the first is the default. */
  List<WorkerInfo> workers();

  /** The definitions handed to this frontend, by name. */
  default Map<String, Definition> inputs() throws FrontendException, InterruptedException {
    return Map.of();
  }

  /**
   * Solves a definition or a nested frontend; references in the result are lazy unless evaluation
   * is asked for.
   */
  Result solve(SolveRequest request) throws FrontendException, InterruptedException;

  /** Resolves an image reference. */
  ResolvedImage resolveImageConfig(String reference, ImageResolveOptions options)
      throws FrontendException, InterruptedException;

  /** Resolves a source. */
  SourceMetadata resolveSourceMetadata(SourceRequest request)
      throws FrontendException, InterruptedException;

  /** Prepares a container. */
  Container newContainer(ContainerRequest request) throws FrontendException, InterruptedException;

  /** Shows a warning. */
  void warn(Warning warning) throws FrontendException, InterruptedException;

  /**
   * A result that the details of a failed solve named by id, see {@link
   * dev.gatehouse.frontend.ErrorDetail.Solve#mountIds()}.
   */
  default Optional<Reference> failedResult(String id) {
    return Optional.empty();
  }
}
