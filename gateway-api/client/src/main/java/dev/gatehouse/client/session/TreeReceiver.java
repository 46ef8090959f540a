package dev.gatehouse.client.session;

import com.google.protobuf.ByteString;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.protocol.fsutil.Packet;
import dev.gatehouse.protocol.fsutil.Packet.PacketType;
import dev.gatehouse.protocol.fsutil.Stat;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes a tree that comes by fsutil's protocol into a directory.
 *
 * <p>Files become those of the user who runs this. No path leaves the directory: paths are relative
 * and clean, come once and after their directory, and no directory on the way may be a symbolic
 * link. Files are written beside their name and moved.
 */
final class TreeReceiver {
  private static final PosixFilePermission[] PERMISSIONS = PosixFilePermission.values();

  private final RpcStream stream;
  private final Path root;
  private final boolean delete;
  private final Map<Integer, Incoming> incoming = new HashMap<>();
  private final Set<String> received = new HashSet<>();
  private final Set<String> directories = new HashSet<>();
  private final List<Stat> directoryStats = new ArrayList<>();
  private final List<Stat> hardLinks = new ArrayList<>();

  /** A file whose contents are on their way. */
  private record Incoming(Stat stat, Path temporary, OutputStream out) {}

  TreeReceiver(RpcStream stream, Path root, boolean delete) {
    this.stream = stream;
    this.root = root;
    this.delete = delete;
  }

  void run() throws RpcException, IOException, InterruptedException {
    Files.createDirectories(root);
    directories.add("");
    try {
      receive();
    } catch (IOException | RpcException e) {
      send(
          Packet.newBuilder()
              .setType(PacketType.PACKET_ERR)
              .setData(ByteString.copyFromUtf8(String.valueOf(e.getMessage()))));
      throw e;
    } finally {
      for (Incoming file : incoming.values()) {
        file.out.close();
        Files.deleteIfExists(file.temporary);
      }
    }
  }

  private void send(Packet.Builder packet) throws RpcException, InterruptedException {
    stream.send(packet.build().toByteArray());
  }

  private void receive() throws RpcException, IOException, InterruptedException {
    int next = 0;
    boolean all = false;
    boolean finishing = false;
    while (true) {
      Packet packet = MessageService.receive(stream, Packet.parser());
      if (packet == null) {
        if (!finishing) {
          throw new IOException("the daemon ended the transfer early");
        }
        return;
      }
      switch (packet.getType()) {
        case PACKET_STAT -> {
          if (!packet.hasStat()) {
            all = true;
          } else {
            create(next++, packet.getStat());
          }
        }
        case PACKET_DATA -> data(packet);
        case PACKET_ERR ->
            throw new IOException("error from sender: " + packet.getData().toStringUtf8());
        case PACKET_FIN -> {
          return;
        }
        case PACKET_REQ, UNRECOGNIZED ->
            throw new RpcException(
                StatusCode.INVALID_ARGUMENT, "unexpected packet " + packet.getType());
      }
      if (all && incoming.isEmpty() && !finishing) {
        finish();
        finishing = true;
        send(Packet.newBuilder().setType(PacketType.PACKET_FIN));
      }
    }
  }

  private static IOException refused(String path, String reason) {
    return new IOException("refused path \"" + path + "\": " + reason);
  }

  private Path check(String path) throws IOException {
    if (path.isEmpty()
        || path.startsWith("/")
        || !path.equals(Paths.clean(path))
        || path.indexOf('\0') >= 0) {
      throw refused(path, "not a clean relative path");
    }
    if (path.equals(".") || path.equals("..") || path.startsWith("../")) {
      throw refused(path, "leaves the directory");
    }
    int slash = path.lastIndexOf('/');
    String parent = slash < 0 ? "" : path.substring(0, slash);
    if (!directories.contains(parent)) {
      throw refused(path, "comes before its directory");
    }
    return root.resolve(path);
  }

  private void create(int id, Stat stat) throws RpcException, IOException, InterruptedException {
    Path file = check(stat.getPath());
    if (!received.add(stat.getPath())) {
      // A directory that becomes a symbolic link would lead what comes after it elsewhere.
      throw refused(stat.getPath(), "comes twice");
    }
    int mode = stat.getMode();
    if ((mode & FileStat.DIRECTORY) != 0) {
      if (!Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
        Files.deleteIfExists(file);
        Files.createDirectory(file);
      }
      // Writable until everything is in it; the real mode is set at the end.
      Files.setPosixFilePermissions(file, permissions(mode | 0700));
      directories.add(stat.getPath());
      directoryStats.add(stat);
    } else if ((mode & FileStat.SYMLINK) != 0) {
      remove(file);
      Files.createSymbolicLink(file, Path.of(stat.getLinkname()));
    } else if ((mode
            & (FileStat.DEVICE | FileStat.NAMED_PIPE | FileStat.SOCKET | FileStat.CHAR_DEVICE))
        != 0) {
      throw refused(
          stat.getPath(), "a device or pipe cannot be written to a directory of the client");
    } else if (!stat.getLinkname().isEmpty()) {
      if (!received.contains(stat.getLinkname())) {
        throw refused(
            stat.getPath(), "invalid link to unknown path \"" + stat.getLinkname() + "\"");
      }
      hardLinks.add(stat);
    } else {
      Path temporary =
          Files.createTempFile(file.toAbsolutePath().getParent(), ".gatehouse-", ".part");
      incoming.put(
          id,
          new Incoming(
              stat, temporary, Files.newOutputStream(temporary, StandardOpenOption.WRITE)));
      send(Packet.newBuilder().setType(PacketType.PACKET_REQ).setID(id));
    }
  }

  private void data(Packet packet) throws RpcException, IOException {
    Incoming file = incoming.get(packet.getID());
    if (file == null) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, "invalid file request " + packet.getID());
    }
    if (!packet.getData().isEmpty()) {
      packet.getData().writeTo(file.out);
      return;
    }
    file.out.close();
    incoming.remove(packet.getID());
    Path target = root.resolve(file.stat.getPath());
    Files.setPosixFilePermissions(file.temporary, permissions(file.stat.getMode()));
    times(file.temporary, file.stat);
    if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      remove(target);
    }
    Files.move(file.temporary, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private void finish() throws IOException {
    for (Stat stat : hardLinks) {
      Path file = root.resolve(stat.getPath());
      remove(file);
      Files.createLink(file, root.resolve(stat.getLinkname()));
    }
    if (delete) {
      deleteOthers();
    }
    for (int i = directoryStats.size() - 1; i >= 0; i--) {
      Stat stat = directoryStats.get(i);
      Path directory = root.resolve(stat.getPath());
      Files.setPosixFilePermissions(directory, permissions(stat.getMode()));
      times(directory, stat);
    }
  }

  private void deleteOthers() throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (!received.contains(name(file))) {
              Files.delete(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            if (!directory.equals(root) && !received.contains(name(directory))) {
              Files.delete(directory);
            }
            return FileVisitResult.CONTINUE;
          }

          private String name(Path path) {
            return root.relativize(path).toString();
          }
        });
  }

  private static void remove(Path file) throws IOException {
    if (!Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(file);
      return;
    }
    Files.walkFileTree(
        file,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(path);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
              throws IOException {
            if (e != null && !(e instanceof NoSuchFileException)) {
              throw e;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void times(Path file, Stat stat) throws IOException {
    FileTime time = FileTime.from(stat.getModTime(), TimeUnit.NANOSECONDS);
    Files.getFileAttributeView(file, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(time, null, null);
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < 9; i++) {
      if ((mode & (0400 >> i)) != 0) {
        set.add(PERMISSIONS[i]);
      }
    }
    return set;
  }
}
