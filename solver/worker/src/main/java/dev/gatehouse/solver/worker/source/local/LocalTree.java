package dev.gatehouse.solver.worker.source.local;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.ActiveReference;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.RecordType;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.store.ReferenceStore;
import dev.gatehouse.solver.store.StoreException;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.Session;
import dev.gatehouse.solver.worker.session.SessionCallException;
import dev.gatehouse.solver.worker.source.SourceInstance;
import dev.gatehouse.solver.worker.source.SourceKey;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One folder of one client.
 *
 * @param session whose folder it is; empty for any session of the build
 */
record LocalTree(
    ReferenceStore references,
    ClientFolders folders,
    String name,
    String session,
    List<String> includes,
    List<String> excludes,
    List<String> followPaths,
    String sharedKeyHint,
    TreeReceiver.Differ differ)
    implements SourceInstance {
  static final String METHOD = "/moby.filesync.v1.FileSync/DiffCopy";

  /** The metadata under which a retained tree is found again. */
  private static final String SHARED_KEY = "local.sharedKey";

  @Override
  public SourceKey key(OperationContext context) throws SolveException {
    String id = session;
    if (id.isEmpty()) {
      List<Session> sessions = context.sessions().sessions();
      if (sessions.isEmpty()) {
        throw new SolveException(
            "source.local.session",
            ErrorCategory.USER,
            "could not access local files without session");
      }
      id = sessions.get(0).id();
    }
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("SessionID", id);
    facts.put("IncludePatterns", includes);
    facts.put("ExcludePatterns", excludes);
    facts.put("FollowPaths", followPaths);
    Digest digest = Digest.sha256(Json.bytes(facts));
    return SourceKey.of("session:" + name + ":" + digest, digest.toString());
  }

  @Override
  public WorkerResult snapshot(OperationContext context)
      throws SolveException, IOException, InterruptedException {
    for (Session each : context.sessions().sessions()) {
      if (each.id().equals(session) && each.supports(METHOD)) {
        return WorkerResult.of(transfer(each, context));
      }
    }
    try {
      return context.sessions().any(METHOD, each -> WorkerResult.of(transfer(each, context)));
    } catch (SessionCallException e) {
      throw new SolveException(
          "source.local.refused", ErrorCategory.USER, String.valueOf(e.getMessage()), e);
    }
  }

  private ImmutableReference transfer(Session client, OperationContext context)
      throws IOException, InterruptedException {
    byte[] key =
        (name + ":" + sharedKeyHint + ":" + client.sharedKey()).getBytes(StandardCharsets.UTF_8);
    try (ActiveReference tree = retained(key)) {
      boolean done = false;
      try (VertexProgress.Part part = context.progress().part("transferring " + name + ":");
          MessageStream stream = client.open(METHOD, header())) {
        try (LocalMount mount = tree.localMount(false)) {
          TreeReceiver.receive(stream, mount.path(), differ, part::advance);
        }
        done = true;
      } finally {
        if (!done) {
          tree.setRetained(false);
        }
      }
      if (tree.metadata(SHARED_KEY).isEmpty()) {
        tree.setMetadata(SHARED_KEY, key);
      }
      ImmutableReference received = tree.commitRetained();
      folders.remember(received.id(), name, client);
      return received;
    }
  }

  /** The tree that an earlier build left, if nobody uses it; else a new one. */
  private ActiveReference retained(byte[] key) throws IOException {
    for (String id : references.search(SHARED_KEY, key)) {
      try {
        Optional<ActiveReference> tree = references.mutable(id);
        if (tree.isPresent()) {
          return tree.get();
        }
      } catch (StoreException e) {
        if (e.code() != StoreException.Code.LOCKED) {
          throw e;
        }
      }
    }
    return references.create(
        Optional.empty(),
        ReferenceOptions.retained("local source for " + name, RecordType.LOCAL_SOURCE));
  }

  private Map<String, List<String>> header() {
    Map<String, List<String>> header = new LinkedHashMap<>();
    put(header, "include-patterns", includes);
    put(header, "exclude-patterns", excludes);
    put(header, "followpaths", followPaths);
    put(header, "dir-name", List.of(name));
    return header;
  }

  /** Header fields are printable ASCII; what is not goes percent-encoded, and says so. */
  private static void put(Map<String, List<String>> header, String key, List<String> values) {
    if (values.isEmpty()) {
      return;
    }
    boolean plain =
        values.stream().allMatch(value -> value.chars().allMatch(c -> c >= 0x20 && c < 0x7f));
    if (plain) {
      header.put(key, values);
    } else {
      header.put(
          key,
          values.stream().map(value -> URLEncoder.encode(value, StandardCharsets.UTF_8)).toList());
      header.put(key + "-encoded", List.of("1"));
    }
  }
}
