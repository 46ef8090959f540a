package dev.gatehouse.solver.worker.source.local;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.protocol.fsutil.Packet;
import dev.gatehouse.protocol.fsutil.Packet.PacketType;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.Session;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Which folder of which client a received tree is, as long as the client is there to be asked. */
final class ClientFolders {
  private static final int FOLDERS = 64;
  private static final int NAMES = 2000;
  private static final long SECONDS = 2;

  private record Folder(String name, Session client) {}

  private final Map<String, Folder> folders =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Folder> eldest) {
          return size() > FOLDERS;
        }
      };

  synchronized void remember(String tree, String name, Session client) {
    folders.put(tree, new Folder(name, client));
  }

  /**
   * The names in one directory of the client's folder. Opens a transfer of just these, and ends it
   * before any content. A client that is gone, refuses or is slow has none: this is for a hint.
   */
  List<String> names(ImmutableReference tree, String directory) throws InterruptedException {
    Folder folder;
    synchronized (this) {
      folder = folders.get(tree.id());
    }
    if (folder == null) {
      return List.of();
    }
    CompletableFuture<List<String>> answer = new CompletableFuture<>();
    Thread asking =
        Thread.ofVirtual()
            .name("local-names")
            .start(() -> {
              try {
                answer.complete(ask(folder, directory));
              } catch (IOException | InterruptedException | RuntimeException e) {
                answer.completeExceptionally(e);
              }
            });
    try {
      return answer.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return List.of();
    } finally {
      asking.interrupt();
    }
  }

  private static List<String> ask(Folder folder, String directory)
      throws IOException, InterruptedException {
    String below = directory.equals("/") ? "" : directory.substring(1) + "/";
    String prefix = below.replaceAll("([*?\\[\\\\])", "\\\\$1");
    Map<String, List<String>> header =
        Map.of(
            "dir-name",
            List.of(folder.name()),
            "include-patterns",
            List.of(prefix + "*"),
            "exclude-patterns",
            List.of(prefix + "*/*"));
    if (!prefix.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    try (MessageStream stream = folder.client().open(LocalTree.METHOD, header)) {
      while (names.size() < NAMES && stream.receive() instanceof byte[] message) {
        Packet packet = Packet.parseFrom(message);
        if (packet.getType() != PacketType.PACKET_STAT || !packet.hasStat()) {
          break;
        }
        String path = packet.getStat().getPath();
        if (path.startsWith(below) && path.indexOf('/', below.length()) < 0) {
          names.add(path.substring(below.length()));
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new IOException("the client sent no fsutil packet", e);
    }
    return names;
  }
}
