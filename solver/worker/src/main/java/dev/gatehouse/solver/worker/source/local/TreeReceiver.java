package dev.gatehouse.solver.worker.source.local;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.protocol.fsutil.Packet;
import dev.gatehouse.protocol.fsutil.Packet.PacketType;
import dev.gatehouse.protocol.fsutil.Stat;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.worker.session.MessageStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The receiving end of fsutil's transfer: brings a tree on disk to the state that a sender
 * describes.
 *
 * <p>The sender announces its tree in sorted order, a STAT packet a file. What is already here with
 * equal size, time and attributes stays; what is missing is made at once, and content is asked for
 * by the file's number in that order (REQ). The sender answers with DATA packets, those of several
 * files mixed, an empty one after the last of a file. When nothing is missing both say FIN. Either
 * may end it with ERR and a text.
 *
 * <p>Requests go out from a thread of their own, since the sender may stop reading until what it
 * sends is read. Small files are written in one go when their content is complete; nothing is
 * synced. If anything fails the tree is left half-changed, for the caller to drop.
 *
 * <p>Source: fsutil's {@code receive.go} and {@code diskwriter.go} as of BuildKit v0.32.
 */
final class TreeReceiver {
  /** Which files are taken to be the same without their content. */
  enum Differ {
    /** Those with equal size, time of modification, mode, owner and link target. */
    METADATA,
    /** None: everything is transferred. */
    NONE
  }

  /**
   * What came of a transfer.
   *
   * @param changed the paths that were made, changed or deleted; a deleted directory stands for all
   *     below it
   * @param bytes how many bytes of packets were received
   */
  record Outcome(Set<String> changed, long bytes) {}

  private static final int MAX_FILES = 10_000_000;
  private static final int OPEN_DIRECTORIES = 16;
  private static final Packet STOP = Packet.getDefaultInstance();

  private final MessageStream stream;
  private final RootDirectory root;
  private final Differ differ;
  private final LongConsumer progress;

  private final ReceivedPath order = new ReceivedPath();
  private final Deque<Frame> frames = new ArrayDeque<>();
  private final Map<Integer, Content> wanted = new HashMap<>();
  private final Set<String> regular = new HashSet<>();
  private final List<Stat> hardLinks = new ArrayList<>();
  private final Map<String, Stat> directories = new LinkedHashMap<>();
  private final Set<String> touched = new HashSet<>();
  private final Set<String> changed = new HashSet<>();
  private final LinkedHashMap<String, Directory> open = new LinkedHashMap<>(16, 0.75f, true);
  private final LinkedBlockingQueue<Packet> requests = new LinkedBlockingQueue<>();
  private final AtomicReference<@Nullable IOException> sendFailure = new AtomicReference<>();
  private boolean announced;
  private long bytes;

  /** A directory that is being announced, with the names that were in it and are not yet again. */
  private record Frame(String path, Set<String> left) {}

  /** A file whose content is on its way. */
  private static final class Content {
    final Stat stat;
    @Nullable ByteString first;
    @Nullable OpenFile file;

    Content(Stat stat) {
      this.stat = stat;
    }
  }

  private TreeReceiver(
      MessageStream stream, RootDirectory root, Differ differ, LongConsumer progress) {
    this.stream = stream;
    this.root = root;
    this.differ = differ;
    this.progress = progress;
  }

  /**
   * Receives a tree.
   *
   * @param stream the open call; stays open on return
   * @param directory brought to the sender's state; itself keeps its attributes
   * @param progress told of every packet's bytes
   * @throws IOException if the sender reports an error, breaks the protocol, or a file cannot be
   *     written
   */
  static Outcome receive(MessageStream stream, Path directory, Differ differ, LongConsumer progress)
      throws IOException, InterruptedException {
    try (RootDirectory root = RootDirectory.open(directory)) {
      return new TreeReceiver(stream, root, differ, progress).run();
    }
  }

  private Outcome run() throws IOException, InterruptedException {
    Thread sender = Thread.ofVirtual().name("fsutil-requests").start(this::sendRequests);
    try {
      frames.push(new Frame("", names(root.root())));
      int files = 0;
      while (!announced || !wanted.isEmpty()) {
        Packet packet = next();
        switch (packet.getType()) {
          case PACKET_STAT -> {
            if (!packet.hasStat()) {
              leaveUntil(null);
              announced = true;
            } else if (announced) {
              throw new IOException("the client announced a file after the last one");
            } else if (files == MAX_FILES) {
              throw new IOException("the client sends more than " + MAX_FILES + " files");
            } else {
              file(packet.getStat(), files++);
            }
          }
          case PACKET_DATA -> data(packet);
          case PACKET_FIN ->
              throw new IOException("the client ended the transfer while files are missing");
          case PACKET_REQ -> throw new IOException("the client asked for a file of the daemon");
          case PACKET_ERR, UNRECOGNIZED ->
              throw new IOException("the client sent an unknown packet");
        }
      }
      finishTree();
      requests.add(Packet.newBuilder().setType(PacketType.PACKET_FIN).build());
      requests.add(STOP);
      sender.join();
      failIfNotSent();
      drain();
      return new Outcome(changed, bytes);
    } catch (IOException e) {
      tell(e);
      throw e;
    } finally {
      requests.add(STOP);
      sender.interrupt();
      for (Content content : wanted.values()) {
        if (content.file != null) {
          content.file.close();
        }
      }
      open.values().forEach(Directory::close);
    }
  }

  private Packet next() throws IOException, InterruptedException {
    failIfNotSent();
    byte[] message = stream.receive();
    if (message == null) {
      failIfNotSent();
      throw new IOException("the client ended the transfer early");
    }
    bytes += message.length;
    progress.accept(message.length);
    Packet packet;
    try {
      packet = Packet.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IOException("the client sent no fsutil packet", e);
    }
    if (packet.getType() == PacketType.PACKET_ERR) {
      throw new IOException("error from sender: " + packet.getData().toStringUtf8());
    }
    return packet;
  }

  private void drain() throws IOException, InterruptedException {
    while (stream.receive() instanceof byte[] message) {
      bytes += message.length;
    }
    stream.closeSend();
  }

  private void sendRequests() {
    try {
      for (Packet packet = requests.take(); packet != STOP; packet = requests.take()) {
        stream.send(packet.toByteArray());
      }
    } catch (IOException e) {
      sendFailure.set(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void failIfNotSent() throws IOException {
    IOException failure = sendFailure.get();
    if (failure != null) {
      throw new IOException("the client stopped reading: " + failure.getMessage(), failure);
    }
  }

  /** Lets the sender know why; that it may be gone already changes nothing. */
  private void tell(IOException failure) throws InterruptedException {
    String text = String.valueOf(failure.getMessage());
    try {
      stream.send(
          Packet.newBuilder()
              .setType(PacketType.PACKET_ERR)
              .setData(ByteString.copyFromUtf8(text))
              .build()
              .toByteArray());
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private void file(Stat stat, int number) throws IOException {
    String path = stat.getPath();
    GoFileMode mode = new GoFileMode(stat.getMode());
    String parent = order.next(path, mode.isDirectory());
    leaveUntil(parent);
    Frame frame = frames.element();
    String name = path.substring(parent.isEmpty() ? 0 : parent.length() + 1);
    boolean existed = frame.left.remove(name);
    if (!mode.isDirectory() && !mode.isSymlink()) {
      if (stat.getLinkname().isEmpty()) {
        regular.add(path);
      } else if (!regular.contains(stat.getLinkname())) {
        throw new IOException(
            "invalid link %s to unknown path: \"%s\"".formatted(path, stat.getLinkname()));
      }
    }
    FileStatus old = existed ? directory(parent).stat(name) : null;
    if (mode.isDirectory()) {
      enterDirectory(stat, mode, parent, name, old);
    } else if (old == null || !same(old, stat, mode, parent, name)) {
      touched.add(parent);
      changed.add(path);
      if (old != null) {
        remove(parent, name, old);
      }
      make(stat, mode, parent, name, number);
    }
  }

  private void enterDirectory(
      Stat stat, GoFileMode mode, String parent, String name, @Nullable FileStatus old)
      throws IOException {
    String path = stat.getPath();
    Set<String> left = new HashSet<>();
    if (old != null && old.isDirectory()) {
      try (Directory own = directory(parent).directory(name)) {
        left = names(own);
      }
      if (old.permissions() != mode.permissions()
          || old.uid() != stat.getUid()
          || old.gid() != stat.getGid()
          || !xattrs(parent, name).equals(stat.getXattrsMap())) {
        changed.add(path);
        touched.add(path);
        attributes(parent, name, stat, mode);
      }
      if (old.modifyTimeNanos() != stat.getModTime()) {
        touched.add(path);
      }
    } else {
      if (old != null) {
        remove(parent, name, old);
      }
      directory(parent).mkdir(name, mode.permissions());
      attributes(parent, name, stat, mode);
      touched.add(parent);
      touched.add(path);
      changed.add(path);
    }
    directories.put(path, stat);
    frames.push(new Frame(path, left));
  }

  private void make(Stat stat, GoFileMode mode, String parent, String name, int number)
      throws IOException {
    if (mode.isSymlink()) {
      directory(parent).symlink(stat.getLinkname(), name);
      attributes(parent, name, stat, mode);
      directory(parent).setTimes(name, seconds(stat), nanos(stat));
    } else if (!stat.getLinkname().isEmpty()) {
      hardLinks.add(stat);
    } else if (mode.isSpecial()) {
      directory(parent)
          .mknod(
              name,
              mode.fileType() | mode.permissions(),
              Math.toIntExact(stat.getDevmajor()),
              Math.toIntExact(stat.getDevminor()));
      attributes(parent, name, stat, mode);
      directory(parent).setTimes(name, seconds(stat), nanos(stat));
    } else if (stat.getSize() == 0) {
      write(new Content(stat), ByteString.EMPTY, true);
    } else {
      wanted.put(number, new Content(stat));
      requests.add(Packet.newBuilder().setType(PacketType.PACKET_REQ).setID(number).build());
    }
  }

  private void data(Packet packet) throws IOException {
    Content content = wanted.get(packet.getID());
    if (content == null) {
      throw new IOException("invalid file request " + packet.getID());
    }
    if (packet.getData().isEmpty()) {
      ByteString first = content.first;
      content.first = null;
      write(content, first == null ? ByteString.EMPTY : first, true);
      wanted.remove(packet.getID());
    } else if (content.first == null && content.file == null) {
      content.first = packet.getData();
    } else {
      ByteString first = content.first;
      if (first != null) {
        content.first = null;
        write(content, first, false);
      }
      write(content, packet.getData(), false);
    }
  }

  private void write(Content content, ByteString data, boolean last) throws IOException {
    Stat stat = content.stat;
    GoFileMode mode = new GoFileMode(stat.getMode());
    OpenFile file = content.file;
    if (file == null) {
      String parent = parent(stat.getPath());
      file =
          directory(parent)
              .file(
                  stat.getPath().substring(parent.isEmpty() ? 0 : parent.length() + 1),
                  OpenFile.O_WRONLY | OpenFile.O_CREAT | OpenFile.O_EXCL,
                  0600);
      content.file = file;
    }
    if (!data.isEmpty()) {
      byte[] array = data.toByteArray();
      file.write(array, 0, array.length);
    }
    if (last) {
      file.chown(stat.getUid(), stat.getGid());
      file.chmod(mode.permissions());
      if (stat.getXattrsCount() > 0) {
        String parent = parent(stat.getPath());
        setXattrs(
            parent, stat.getPath().substring(parent.isEmpty() ? 0 : parent.length() + 1), stat);
      }
      file.setTimes(seconds(stat), nanos(stat), seconds(stat), nanos(stat));
      file.close();
      content.file = null;
    }
  }

  /** Deletes what was in the directories that are now behind, and is no more. */
  private void leaveUntil(@Nullable String parent) throws IOException {
    while (!frames.isEmpty() && !frames.element().path.equals(parent)) {
      Frame frame = frames.pop();
      for (String name : frame.left) {
        Directory directory = directory(frame.path);
        remove(frame.path, name, directory.stat(name));
        touched.add(frame.path);
        changed.add(frame.path.isEmpty() ? name : frame.path + "/" + name);
      }
    }
  }

  private void finishTree() throws IOException {
    for (Stat link : hardLinks) {
      String parent = parent(link.getPath());
      String name = link.getPath().substring(parent.isEmpty() ? 0 : parent.length() + 1);
      String targetParent = parent(link.getLinkname());
      String target =
          link.getLinkname().substring(targetParent.isEmpty() ? 0 : targetParent.length() + 1);
      Directory from = root.directory("/" + targetParent);
      try (from) {
        directory(parent).link(from, target, name);
      }
    }
    List<String> last = new ArrayList<>(directories.keySet());
    for (String path : last.reversed()) {
      if (touched.contains(path)) {
        Stat stat = directories.get(path);
        String parent = parent(path);
        String name = path.substring(parent.isEmpty() ? 0 : parent.length() + 1);
        if (stat != null) {
          directory(parent).setTimes(name, seconds(stat), nanos(stat));
        }
      }
    }
  }

  private boolean same(FileStatus old, Stat stat, GoFileMode mode, String parent, String name)
      throws IOException {
    if (differ == Differ.NONE
        || old.type() != mode.fileType()
        || old.permissions() != mode.permissions() && !mode.isSymlink()
        || old.uid() != stat.getUid()
        || old.gid() != stat.getGid()
        || old.modifyTimeNanos() != stat.getModTime()) {
      return false;
    }
    if (mode.isSymlink()) {
      return directory(parent).readlink(name).equals(stat.getLinkname());
    }
    if (mode.isSpecial()) {
      return old.deviceMajor() == stat.getDevmajor() && old.deviceMinor() == stat.getDevminor();
    }
    if (old.size() != stat.getSize()
        || stat.getXattrsCount() > 0 && !xattrs(parent, name).equals(stat.getXattrsMap())) {
      return false;
    }
    if (!stat.getLinkname().isEmpty()) {
      if (changed.contains(stat.getLinkname())) {
        return false;
      }
      return root.lstat("/" + stat.getLinkname()).inode() == old.inode();
    }
    return true;
  }

  private void remove(String parent, String name, FileStatus old) throws IOException {
    if (old.isDirectory()) {
      String path = parent.isEmpty() ? name : parent + "/" + name;
      open.entrySet()
          .removeIf(each -> {
            boolean below = each.getKey().equals(path) || each.getKey().startsWith(path + "/");
            if (below) {
              each.getValue().close();
            }
            return below;
          });
      directory(parent).deleteTree(name);
    } else {
      directory(parent).unlink(name);
    }
  }

  private void attributes(String parent, String name, Stat stat, GoFileMode mode)
      throws IOException {
    Directory directory = directory(parent);
    directory.chown(name, stat.getUid(), stat.getGid());
    if (!mode.isSymlink()) {
      directory.chmod(name, mode.permissions());
    }
    setXattrs(parent, name, stat);
  }

  private void setXattrs(String parent, String name, Stat stat) throws IOException {
    for (Map.Entry<String, ByteString> each : stat.getXattrsMap().entrySet()) {
      directory(parent).setXattr(name, each.getKey(), each.getValue().toByteArray());
    }
  }

  private Map<String, ByteString> xattrs(String parent, String name) throws IOException {
    Map<String, ByteString> all = new HashMap<>();
    directory(parent)
        .xattrs(name)
        .forEach((key, value) -> all.put(key, ByteString.copyFrom(value)));
    all.keySet().removeIf(key -> key.startsWith("trusted.") || key.startsWith("system."));
    return all;
  }

  /** The few directories used last stay open: a sender goes through one after the other. */
  private Directory directory(String path) throws LinuxException {
    if (path.isEmpty()) {
      return root.root();
    }
    Directory directory = open.get(path);
    if (directory == null) {
      directory = root.directory("/" + path);
      open.put(path, directory);
      if (open.size() > OPEN_DIRECTORIES) {
        Map.Entry<String, Directory> eldest = open.pollFirstEntry();
        if (eldest != null) {
          eldest.getValue().close();
        }
      }
    }
    return directory;
  }

  private static Set<String> names(Directory directory) throws LinuxException {
    Set<String> names = new HashSet<>();
    for (Directory.Entry entry : directory.list()) {
      names.add(entry.name());
    }
    return names;
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  private static long seconds(Stat stat) {
    return Math.floorDiv(stat.getModTime(), 1_000_000_000L);
  }

  private static int nanos(Stat stat) {
    return (int) Math.floorMod(stat.getModTime(), 1_000_000_000L);
  }
}
