package dev.gatehouse.solver.worker.export;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.content.WriteAction;
import dev.gatehouse.protocol.content.WriteContentRequest;
import dev.gatehouse.protocol.content.WriteContentResponse;
import dev.gatehouse.protocol.filesync.BytesMessage;
import dev.gatehouse.protocol.fsutil.Packet;
import dev.gatehouse.protocol.fsutil.Packet.PacketType;
import dev.gatehouse.protocol.fsutil.Stat;
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.Session;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;

/** A client that keeps what is exported to it: one file, a tree, or blobs. */
final class ExportClient implements Session {
  final ByteArrayOutputStream file = new ByteArrayOutputStream();
  final Map<String, Stat> stats = new LinkedHashMap<>();
  final Map<String, byte[]> files = new LinkedHashMap<>();
  final Map<String, byte[]> blobs = new LinkedHashMap<>();
  Map<String, List<String>> header = Map.of();
  boolean takesTree;

  @Override
  public String id() {
    return "client";
  }

  @Override
  public boolean supports(String method) {
    return method.equals("/moby.filesync.v1.FileSend/DiffCopy")
        || method.startsWith("/containerd.services.content.v1.Content/");
  }

  @Override
  public byte[] call(String method, byte[] request) {
    throw new UnsupportedOperationException(method);
  }

  @Override
  public MessageStream open(String method, Map<String, List<String>> metadata) {
    header = metadata;
    if (method.endsWith("/Write")) {
      return new BlobTaker();
    }
    return takesTree ? new TreeTaker() : new FileTaker();
  }

  private abstract static class Taker implements MessageStream {
    private static final byte[] END = new byte[0];
    final LinkedBlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();

    @Override
    public void closeSend() {
      answers.add(END);
    }

    @Override
    public byte[] receive() throws InterruptedException {
      byte[] answer = answers.take();
      return answer == END ? null : answer;
    }

    @Override
    public void close() {
      answers.add(END);
    }
  }

  private final class FileTaker extends Taker {
    @Override
    public void send(byte[] message) throws IOException {
      BytesMessage.parseFrom(message).getData().writeTo(file);
    }
  }

  private final class TreeTaker extends Taker {
    private final List<Stat> received = new ArrayList<>();
    private final Map<Integer, ByteArrayOutputStream> contents = new HashMap<>();
    private int open;
    private boolean all;

    @Override
    public synchronized void send(byte[] message) throws IOException {
      Packet p = Packet.parseFrom(message);
      switch (p.getType()) {
        case PACKET_STAT -> {
          if (!p.hasStat()) {
            all = true;
            finishWhenDone();
            return;
          }
          int id = received.size();
          received.add(p.getStat());
          stats.put(p.getStat().getPath(), p.getStat());
          if ((p.getStat().getMode() & 0x8f280000) == 0 && p.getStat().getLinkname().isEmpty()) {
            open++;
            contents.put(id, new ByteArrayOutputStream());
            answers.add(
                Packet.newBuilder().setType(PacketType.PACKET_REQ).setID(id).build().toByteArray());
          }
        }
        case PACKET_DATA -> {
          if (p.getData().isEmpty()) {
            files.put(received.get(p.getID()).getPath(), contents.get(p.getID()).toByteArray());
            open--;
            finishWhenDone();
          } else {
            p.getData().writeTo(contents.get(p.getID()));
          }
        }
        case PACKET_FIN -> {}
        default -> throw new IOException(p.toString());
      }
    }

    private void finishWhenDone() {
      if (all && open == 0) {
        answers.add(Packet.newBuilder().setType(PacketType.PACKET_FIN).build().toByteArray());
      }
    }
  }

  private final class BlobTaker extends Taker {
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();

    @Override
    public void send(byte[] message) throws IOException {
      WriteContentRequest r = WriteContentRequest.parseFrom(message);
      ByteString data = r.getData();
      data.writeTo(content);
      if (r.getAction() == WriteAction.COMMIT) {
        blobs.put(r.getExpected(), content.toByteArray());
      }
      answers.add(
          WriteContentResponse.newBuilder()
              .setAction(r.getAction())
              .setOffset(content.size())
              .build()
              .toByteArray());
    }
  }
}
