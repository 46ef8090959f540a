package dev.gatehouse.client.session;

import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.Export;
import dev.gatehouse.frontend.transport.RpcService;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Chooses what the session of a build serves: only what its request names. */
public final class SessionServices {
  private SessionServices() {}

  public static List<RpcService> of(BuildRequest request, LocalCaches caches) {
    List<RpcService> services = new ArrayList<>();
    if (!request.localDirectories().isEmpty()) {
      services.add(new FileSyncService(request.localDirectories()));
    }
    Map<Integer, Export> outputs = new LinkedHashMap<>();
    for (int i = 0; i < request.exports().size(); i++) {
      Export export = request.exports().get(i);
      if (export.outputOrNull() != null || export.type().equals("local")) {
        outputs.put(i, export);
      }
    }
    if (!outputs.isEmpty()) {
      services.add(new FileSendService(outputs));
    }
    Map<String, Path> stores = new LinkedHashMap<>(caches.stores());
    request.ociLayouts().forEach((name, path) -> stores.put(ContentService.SOURCE + name, path));
    if (!stores.isEmpty()) {
      services.add(new ContentService(stores));
    }
    request.dockerConfig().ifPresent(path -> services.add(new AuthService(path)));
    if (!request.secrets().isEmpty()) {
      services.add(new SecretsService(request.secrets()));
    }
    if (!request.sshAgents().isEmpty()) {
      services.add(new SshService(request.sshAgents()));
    }
    if (!request.uploads().isEmpty()) {
      services.add(new UploadService(request.uploads()));
    }
    return services;
  }
}
