package dev.gatehouse.solver.worker.source.local;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.fsutil.Packet;
import dev.gatehouse.protocol.fsutil.Packet.PacketType;
import dev.gatehouse.protocol.fsutil.Stat;
import dev.gatehouse.solver.worker.session.MessageStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;

/** The client's end of a transfer: announces a made-up tree and answers requests, in two pieces. */
final class ScriptedSender implements MessageStream {
  static final int DIRECTORY = 1 << 31 | 0755;
  static final int SYMLINK = 1 << 27 | 0777;
  private static final Packet END =
      Packet.newBuilder().setType(PacketType.PACKET_FIN).setID(7).build();

  final List<Stat> tree = new ArrayList<>();
  final Map<String, byte[]> contents = new LinkedHashMap<>();
  final List<String> requested = new ArrayList<>();
  final List<String> errors = new ArrayList<>();
  private final LinkedBlockingQueue<Packet> out = new LinkedBlockingQueue<>();

  ScriptedSender directory(String path) {
    tree.add(Stat.newBuilder().setPath(path).setMode(DIRECTORY).setModTime(5_000_000_007L).build());
    return this;
  }

  ScriptedSender file(String path, String content, long time) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    contents.put(path, bytes);
    tree.add(
        Stat.newBuilder()
            .setPath(path)
            .setMode(0640)
            .setSize(bytes.length)
            .setModTime(time)
            .build());
    return this;
  }

  ScriptedSender symlink(String path, String target) {
    tree.add(
        Stat.newBuilder().setPath(path).setMode(SYMLINK).setLinkname(target).setModTime(9).build());
    return this;
  }

  ScriptedSender hardLink(String path, String target, int size, long time) {
    tree.add(
        Stat.newBuilder()
            .setPath(path)
            .setMode(0640)
            .setSize(size)
            .setLinkname(target)
            .setModTime(time)
            .build());
    return this;
  }

  ScriptedSender announce() {
    for (Stat stat : tree) {
      out.add(Packet.newBuilder().setType(PacketType.PACKET_STAT).setStat(stat).build());
    }
    out.add(Packet.newBuilder().setType(PacketType.PACKET_STAT).build());
    return this;
  }

  ScriptedSender say(Packet packet) {
    out.add(packet);
    return this;
  }

  @Override
  public void send(byte[] message) throws IOException {
    Packet packet = Packet.parseFrom(message);
    switch (packet.getType()) {
      case PACKET_REQ -> {
        String path = tree.get(packet.getID()).getPath();
        requested.add(path);
        byte[] bytes = contents.get(path);
        int half = bytes.length / 2;
        data(packet.getID(), ByteString.copyFrom(bytes, 0, half));
        data(packet.getID(), ByteString.copyFrom(bytes, half, bytes.length - half));
        out.add(Packet.newBuilder().setType(PacketType.PACKET_DATA).setID(packet.getID()).build());
      }
      case PACKET_FIN -> {
        out.add(Packet.newBuilder().setType(PacketType.PACKET_FIN).build());
        out.add(END);
      }
      case PACKET_ERR -> errors.add(packet.getData().toStringUtf8());
      default -> throw new IOException("unexpected " + packet);
    }
  }

  private void data(int id, ByteString bytes) {
    if (!bytes.isEmpty()) {
      out.add(Packet.newBuilder().setType(PacketType.PACKET_DATA).setID(id).setData(bytes).build());
    }
  }

  @Override
  public byte[] receive() throws InterruptedException {
    Packet packet = out.take();
    return packet == END ? null : packet.toByteArray();
  }

  ScriptedSender end() {
    out.add(END);
    return this;
  }

  @Override
  public void closeSend() {}

  @Override
  public void close() {}
}
