package dev.gatehouse.frontend.server;

import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerMount;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.protocol.gateway.NewContainerRequest;
import dev.gatehouse.protocol.pb.Mount;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The containers that a frontend opened, by the ids it gave them; closing closes them all. */
final class ServedContainers implements AutoCloseable {
  private final GatewayBackend backend;
  private final ServedReferences references;
  private final Map<String, Container> containers = new ConcurrentHashMap<>();

  ServedContainers(GatewayBackend backend, ServedReferences references) {
    this.backend = backend;
    this.references = references;
  }

  void create(NewContainerRequest request) throws FrontendException, InterruptedException {
    if (request.getContainerID().isEmpty()) {
      throw Statuses.invalid("ContainerID required");
    }
    List<ContainerMount> mounts = new ArrayList<>();
    for (Mount m : request.getMountsList()) {
      mounts.add(BridgeResults.mount(m, mounted(m)));
    }
    ContainerRequest.Network network =
        switch (request.getNetwork()) {
          case UNSET -> ContainerRequest.Network.DEFAULT;
          case HOST -> ContainerRequest.Network.HOST;
          case NONE -> ContainerRequest.Network.NONE;
          case UNRECOGNIZED ->
              throw Statuses.invalid("unknown network mode " + request.getNetworkValue());
        };
    Container container =
        backend.newContainer(
            new ContainerRequest(
                mounts,
                network,
                request.getHostname(),
                request.getExtraHostsList().stream()
                    .map(h -> new ContainerRequest.HostAddress(h.getHost(), h.getIP()))
                    .toList(),
                request.hasPlatform() ? Wire.platform(request.getPlatform()) : null,
                request.getConstraints().getFilterList()));
    if (containers.putIfAbsent(request.getContainerID(), container) != null) {
      container.close();
      throw FrontendException.builder(
              Category.USER, "Container " + request.getContainerID() + " already exists")
          .status(StatusCode.ALREADY_EXISTS)
          .build();
    }
  }

  private @Nullable Reference mounted(Mount m) throws FrontendException {
    String id = m.getResultID();
    if (id.isEmpty()) {
      return null;
    }
    Optional<Reference> reference = references.find(id).or(() -> backend.failedResult(id));
    if (reference.isEmpty()) {
      throw Statuses.notFound("failed to find ref " + id + " for \"" + m.getDest() + "\" mount");
    }
    return reference.get();
  }

  Container get(String id) throws FrontendException {
    Container container = containers.get(id);
    if (container == null) {
      throw Statuses.notFound("container \"" + id + "\" previously released or not created");
    }
    return container;
  }

  void release(String id) throws FrontendException, InterruptedException {
    Container container = containers.remove(id);
    if (container == null) {
      throw Statuses.notFound("container details for " + id + " not found");
    }
    container.close();
  }

  @Override
  public void close() {
    for (String id : List.copyOf(containers.keySet())) {
      Container container = containers.remove(id);
      if (container == null) {
        continue;
      }
      try {
        container.close();
      } catch (FrontendException e) {
        // The build is over and the backend gives back what its containers hold; nobody is left to
        // tell.
        continue;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
