package dev.gatehouse.daemon.transport;

import dev.gatehouse.frontend.transport.StreamSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * A server socket on a path of the file system.
 *
 * <p>Binding replaces a socket that nobody listens on, and refuses one that answers. The socket is
 * made with mode 0660 and the given owner; closing removes it.
 */
public final class UnixServerSocket extends ServerSocket {
  private final Path path;
  private final @Nullable Integer uid;
  private final @Nullable Integer gid;
  private final ServerSocketChannel channel;

  public UnixServerSocket(Path path, @Nullable Integer uid, @Nullable Integer gid)
      throws IOException {
    this.path = path;
    this.uid = uid;
    this.gid = gid;
    channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
  }

  @Override
  public void bind(@Nullable SocketAddress ignored, int backlog) throws IOException {
    Path parent = path.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    removeStale();
    channel.bind(UnixDomainSocketAddress.of(path), 128);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
    if (uid != null) {
      Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
    }
    if (gid != null) {
      Files.setAttribute(path, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
    }
  }

  @Override
  public void bind(@Nullable SocketAddress ignored) throws IOException {
    bind(ignored, 128);
  }

  private void removeStale() throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
        || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
        || Files.isSymbolicLink(path)) {
      throw new IOException(path + " exists and is no socket");
    }
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      throw new IOException("another daemon listens on " + path);
    } catch (SocketException e) {
      Files.deleteIfExists(path);
    }
  }

  @Override
  public Socket accept() throws IOException {
    try {
      SocketChannel client = channel.accept();
      return new StreamSocket(
          Channels.newInputStream(client), Channels.newOutputStream(client), client);
    } catch (ClosedChannelException e) {
      SocketException closed = new SocketException("socket closed");
      closed.initCause(e);
      throw closed;
    }
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return InetSocketAddress.createUnresolved("localhost", 0);
  }

  @Override
  public boolean isClosed() {
    return !channel.isOpen();
  }

  @Override
  public boolean isBound() {
    return true;
  }

  @Override
  public void close() throws IOException {
    if (channel.isOpen()) {
      channel.close();
      Files.deleteIfExists(path);
    }
  }
}
