package dev.gatehouse.frontend.server;

import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerProcess;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.ProcessRequest;
import dev.gatehouse.protocol.gateway.ReadDirRequest;
import dev.gatehouse.protocol.gateway.ReadFileRequest;
import dev.gatehouse.protocol.gateway.ReleaseContainerRequest;
import dev.gatehouse.protocol.gateway.StatFileRequest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A container by the id that this client gave it. */
final class RemoteContainer implements Container {
  private final LlbBridge bridge;
  private final ProcessStream processes;
  private final CapabilitySet capabilities;
  private final String id;
  private final AtomicBoolean closed = new AtomicBoolean();

  RemoteContainer(
      LlbBridge bridge, ProcessStream processes, CapabilitySet capabilities, String id) {
    this.bridge = bridge;
    this.processes = processes;
    this.capabilities = capabilities;
    this.id = id;
  }

  @Override
  public ContainerProcess start(ProcessRequest request)
      throws FrontendException, InterruptedException {
    if (!request.secretEnvironment().isEmpty()) {
      capabilities.require(GatewayCapabilities.EXEC_SECRET_ENV);
    }
    return processes.start(id, request, capabilities);
  }

  @Override
  public byte[] readFile(int mountIndex, String path, long offset, long length)
      throws FrontendException, InterruptedException {
    capabilities.require(GatewayCapabilities.EXEC_FILESYSTEM);
    ReadFileRequest request =
        offset == 0 && length == 0
            ? ReadFileRequest.newBuilder()
                .setRef(id)
                .setFilePath(path)
                .setMountIndex(mountIndex)
                .build()
            : BridgeClient.readFile(id, mountIndex, path, offset, length);
    return BridgeClient.call(() -> bridge.readFileContainer(request)).getData().toByteArray();
  }

  @Override
  public List<FileStat> readDir(int mountIndex, String path, Optional<String> includePattern)
      throws FrontendException, InterruptedException {
    capabilities.require(GatewayCapabilities.EXEC_FILESYSTEM);
    ReadDirRequest request =
        ReadDirRequest.newBuilder()
            .setRef(id)
            .setDirPath(path)
            .setMountIndex(mountIndex)
            .setIncludePattern(includePattern.orElse(""))
            .build();
    return BridgeClient.call(() -> bridge.readDirContainer(request)).getEntriesList().stream()
        .map(s -> Wire.stat(s))
        .toList();
  }

  @Override
  public FileStat statFile(int mountIndex, String path)
      throws FrontendException, InterruptedException {
    capabilities.require(GatewayCapabilities.EXEC_FILESYSTEM);
    StatFileRequest request =
        StatFileRequest.newBuilder().setRef(id).setPath(path).setMountIndex(mountIndex).build();
    return Wire.stat(BridgeClient.call(() -> bridge.statFileContainer(request)).getStat());
  }

  @Override
  public void close() throws FrontendException, InterruptedException {
    if (closed.compareAndSet(false, true)) {
      BridgeClient.call(() ->
          bridge.releaseContainer(ReleaseContainerRequest.newBuilder().setContainerID(id).build()));
    }
  }
}
