package dev.gatehouse.client.session;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.frontend.transport.TaskThreads;
import dev.gatehouse.protocol.fsutil.Packet;
import dev.gatehouse.protocol.fsutil.Packet.PacketType;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * {@code moby.filesync.v1.FileSync}: sends the local directories of a build by fsutil's protocol.
 *
 * <p>The sender sends a STAT for each file and an empty one at the end; the receiver sends REQ for
 * the contents it wants, by the position of the STAT; the sender answers with DATA, an empty one at
 * the end of a file; FIN from the receiver is answered by FIN. Either end may send ERR with text.
 */
final class FileSyncService extends MessageService {
  private static final int CHUNK = 32 << 10;
  private static final int READERS = 4;
  private static final int KIND =
      FileStat.DIRECTORY
          | FileStat.SYMLINK
          | FileStat.DEVICE
          | FileStat.NAMED_PIPE
          | FileStat.SOCKET
          | FileStat.CHAR_DEVICE
          | FileStat.IRREGULAR;

  private final Map<String, Path> directories;

  FileSyncService(Map<String, Path> directories) {
    super("moby.filesync.v1.FileSync");
    this.directories = Map.copyOf(directories);
    streaming("DiffCopy", this::send);
    streaming(
        "TarStream",
        (stream, metadata) -> {
          throw new RpcException(
              StatusCode.UNIMPLEMENTED, "tarstream is not supported; use diffcopy");
        });
  }

  private static List<String> option(Map<String, List<String>> metadata, String key) {
    List<String> values = metadata.getOrDefault(key, List.of());
    if (first(metadata, key + "-encoded").equals("1")) {
      return values.stream().map(v -> URLDecoder.decode(v, StandardCharsets.UTF_8)).toList();
    }
    return values;
  }

  private void send(RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException, IOException, InterruptedException {
    List<String> names = option(metadata, "dir-name");
    String name = names.isEmpty() ? "" : names.get(0);
    Path directory = directories.get(name);
    if (directory == null) {
      throw new RpcException(StatusCode.NOT_FOUND, "no access allowed to dir \"" + name + "\"");
    }
    FileTree tree =
        new FileTree(
            directory,
            option(metadata, "include-patterns"),
            option(metadata, "exclude-patterns"),
            option(metadata, "followpaths"));
    send(stream, tree);
  }

  /** Sends a tree to the receiver at the other end. */
  static void send(RpcStream stream, FileTree tree)
      throws RpcException, IOException, InterruptedException {
    new Sender(stream, tree).run();
  }

  /** One transfer. The calling thread receives; one task walks, some read files. */
  private static final class Sender {
    private static final int END = -1;

    private final RpcStream stream;
    private final FileTree tree;
    private final Map<Integer, String> files = new ConcurrentHashMap<>();
    private final BlockingQueue<Integer> wanted = new ArrayBlockingQueue<>(128);
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private final Thread receiver = Thread.currentThread();
    private volatile boolean finished;

    Sender(RpcStream stream, FileTree tree) {
      this.stream = stream;
      this.tree = tree;
    }

    private interface Work {
      void run() throws IOException, RpcException, InterruptedException;
    }

    private void start(Work work, CountDownLatch done, List<Thread> threads) {
      TaskThreads.executor()
          .execute(() -> {
            synchronized (threads) {
              threads.add(Thread.currentThread());
            }
            try {
              work.run();
            } catch (IOException | RpcException | RuntimeException e) {
              fail(e);
            } catch (InterruptedException e) {
              // The transfer is over.
              finished = true;
            } finally {
              synchronized (threads) {
                threads.remove(Thread.currentThread());
                Thread.interrupted();
              }
              done.countDown();
            }
          });
    }

    private void fail(Exception e) {
      if (!finished && failure.compareAndSet(null, e)) {
        try {
          send(
              Packet.newBuilder()
                  .setType(PacketType.PACKET_ERR)
                  .setData(ByteString.copyFromUtf8(String.valueOf(e.getMessage()))));
        } catch (RpcException | InterruptedException gone) {
          e.addSuppressed(gone);
        }
        receiver.interrupt();
      }
    }

    void run() throws IOException, RpcException, InterruptedException {
      CountDownLatch done = new CountDownLatch(1 + READERS);
      List<Thread> threads = new java.util.ArrayList<>();
      start(this::walk, done, threads);
      for (int i = 0; i < READERS; i++) {
        start(this::read, done, threads);
      }
      try {
        receive();
        finished = true;
        for (int i = 0; i < READERS; i++) {
          wanted.put(END);
        }
        done.await();
      } catch (InterruptedException e) {
        rethrow();
        throw e;
      } finally {
        finished = true;
        synchronized (threads) {
          threads.forEach(Thread::interrupt);
        }
      }
      rethrow();
    }

    private void rethrow() throws IOException, RpcException {
      Exception e = failure.get();
      if (e instanceof IOException io) {
        throw io;
      } else if (e instanceof RpcException rpc) {
        throw rpc;
      } else if (e instanceof RuntimeException runtime) {
        throw runtime;
      }
    }

    private void send(Packet.Builder packet) throws RpcException, InterruptedException {
      stream.send(packet.build().toByteArray());
    }

    private void receive() throws RpcException, InterruptedException {
      while (true) {
        Packet packet = MessageService.receive(stream, Packet.parser());
        if (packet == null) {
          return;
        }
        switch (packet.getType()) {
          case PACKET_ERR ->
              throw new RpcException(
                  StatusCode.UNKNOWN, "error from receiver: " + packet.getData().toStringUtf8());
          case PACKET_REQ -> {
            if (!files.containsKey(packet.getID())) {
              throw new RpcException(
                  StatusCode.INVALID_ARGUMENT, "invalid file id " + packet.getID());
            }
            wanted.put(packet.getID());
          }
          case PACKET_FIN -> {
            send(Packet.newBuilder().setType(PacketType.PACKET_FIN));
            return;
          }
          case PACKET_STAT, PACKET_DATA, UNRECOGNIZED ->
              throw new RpcException(
                  StatusCode.INVALID_ARGUMENT,
                  "unexpected packet " + packet.getType() + " from the receiver");
        }
      }
    }

    private void walk() throws IOException, RpcException, InterruptedException {
      int[] id = {0};
      try {
        tree.walk(stat -> {
          if ((stat.getMode() & KIND) == 0) {
            files.put(id[0], stat.getPath());
          }
          id[0]++;
          try {
            send(Packet.newBuilder().setType(PacketType.PACKET_STAT).setStat(stat));
          } catch (RpcException e) {
            throw new SendFailed(e);
          }
        });
      } catch (SendFailed e) {
        throw e.cause;
      }
      send(Packet.newBuilder().setType(PacketType.PACKET_STAT));
    }

    private void read() throws IOException, RpcException, InterruptedException {
      byte[] buffer = new byte[CHUNK];
      while (true) {
        int id = wanted.take();
        if (id == END) {
          return;
        }
        String path = files.remove(id);
        if (path == null) {
          continue;
        }
        try (InputStream in = tree.open(path)) {
          int n;
          while ((n = in.readNBytes(buffer, 0, CHUNK)) > 0) {
            // The bytes are copied into the message before the buffer is used again.
            send(
                Packet.newBuilder()
                    .setType(PacketType.PACKET_DATA)
                    .setID(id)
                    .setData(UnsafeByteOperations.unsafeWrap(buffer, 0, n)));
          }
        } catch (java.nio.file.NoSuchFileException e) {
          // It went away since it was listed: the receiver gets an empty file, as from BuildKit's
          // client.
          send(Packet.newBuilder().setType(PacketType.PACKET_DATA).setID(id));
          continue;
        }
        send(Packet.newBuilder().setType(PacketType.PACKET_DATA).setID(id));
      }
    }
  }

  private static final class SendFailed extends InterruptedIOException {
    private static final long serialVersionUID = 1L;
    final transient RpcException cause;

    SendFailed(RpcException cause) {
      this.cause = cause;
    }
  }
}
