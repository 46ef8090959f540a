package dev.gatehouse.solver.worker.export;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.fsutil.Packet;
import dev.gatehouse.protocol.fsutil.Packet.PacketType;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.worker.session.MessageStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends files by fsutil's protocol: first what there is, one packet a file in order, then the
 * content of those that the receiver asks for by their position, until it says that it has
 * finished.
 */
final class TreeSender {
  private static final int CHUNK = 128 * 1024;
  private static final Integer END = -1;

  private final MessageStream stream;
  private final List<ExportFiles.Entry> entries;
  private final LongConsumer progress;
  private final ReentrantLock sending = new ReentrantLock();
  private final LinkedBlockingQueue<Integer> wanted = new LinkedBlockingQueue<>();
  private volatile @Nullable Exception failed;

  private TreeSender(MessageStream stream, List<ExportFiles.Entry> entries, LongConsumer progress) {
    this.stream = stream;
    this.entries = entries;
    this.progress = progress;
  }

  /** Returns when the receiver has everything. */
  static void send(MessageStream stream, List<ExportFiles.Entry> entries, LongConsumer progress)
      throws IOException, InterruptedException {
    new TreeSender(stream, entries, progress).run();
  }

  private interface Task {
    void run() throws IOException, InterruptedException;
  }

  private void run() throws IOException, InterruptedException {
    try (ExecutorService scope = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        scope.execute(() -> guard(this::sendStats));
        scope.execute(() -> guard(this::sendContents));
        receive();
      } catch (IOException e) {
        Exception cause = failed;
        if (cause instanceof IOException io) {
          io.addSuppressed(e);
          throw io;
        }
        throw e;
      } finally {
        scope.shutdownNow();
      }
    }
    stream.closeSend();
  }

  /** A failure of a sending thread ends the call, and so the receiving one. */
  private void guard(Task task) {
    try {
      task.run();
    } catch (IOException | RuntimeException e) {
      if (failed == null) {
        failed = e;
      }
      try {
        send(
            Packet.newBuilder()
                .setType(PacketType.PACKET_ERR)
                .setData(
                    ByteString.copyFrom(String.valueOf(e.getMessage()), StandardCharsets.UTF_8))
                .build());
      } catch (IOException | InterruptedException ignored) {
        // The call has ended already.
      }
      stream.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // The scope ends.
    }
  }

  private void receive() throws IOException, InterruptedException {
    while (true) {
      byte[] message = stream.receive();
      if (message == null) {
        throw new IOException("the client ended the transfer early");
      }
      Packet packet = Packet.parseFrom(message);
      switch (packet.getType()) {
        case PACKET_ERR ->
            throw new IOException("error from receiver: " + packet.getData().toStringUtf8());
        case PACKET_REQ -> {
          int id = packet.getID();
          if (id < 0
              || id >= entries.size()
              || entries.get(id).content().isEmpty() && !isEmptyFile(id)) {
            throw new IOException("invalid file id " + Integer.toUnsignedString(id));
          }
          wanted.add(id);
        }
        case PACKET_FIN -> {
          wanted.add(END);
          send(Packet.newBuilder().setType(PacketType.PACKET_FIN).build());
          return;
        }
        default ->
            throw new IOException("unexpected packet " + packet.getType() + " from receiver");
      }
    }
  }

  /** A hard link is a regular file to the protocol, and may be asked for. */
  private boolean isEmptyFile(int id) {
    return ExportFiles.type(entries.get(id).stat()) == FileStatus.S_IFREG;
  }

  private void sendStats() throws IOException, InterruptedException {
    for (ExportFiles.Entry e : entries) {
      send(Packet.newBuilder().setType(PacketType.PACKET_STAT).setStat(e.stat()).build());
    }
    send(Packet.newBuilder().setType(PacketType.PACKET_STAT).build());
  }

  private void sendContents() throws IOException, InterruptedException {
    byte[] buffer = new byte[CHUNK];
    for (Integer id = wanted.take(); !id.equals(END); id = wanted.take()) {
      var content = entries.get(id).content();
      if (content.isPresent()) {
        try (InputStream in = content.get().open()) {
          for (int n; (n = in.read(buffer)) > 0; ) {
            send(
                Packet.newBuilder()
                    .setType(PacketType.PACKET_DATA)
                    .setID(id)
                    .setData(ByteString.copyFrom(buffer, 0, n))
                    .build());
            progress.accept(n);
          }
        }
      }
      send(Packet.newBuilder().setType(PacketType.PACKET_DATA).setID(id).build());
    }
  }

  private void send(Packet packet) throws IOException, InterruptedException {
    sending.lockInterruptibly();
    try {
      stream.send(packet.toByteArray());
    } finally {
      sending.unlock();
    }
  }
}
