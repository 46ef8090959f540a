package dev.gatehouse.solver.worker.credential;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.sshforward.BytesMessage;
import dev.gatehouse.protocol.sshforward.CheckAgentRequest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.Session;
import dev.gatehouse.solver.worker.session.SessionCallException;
import dev.gatehouse.solver.worker.session.SessionCallException.Status;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A unix socket on this host whose connections are carried to the SSH agent of a client, until
 * closed. It lies in a directory of its own that others may pass through but not list.
 */
public final class AgentSocket implements AutoCloseable {
  private static final String CHECK = "/moby.sshforward.v1.SSH/CheckAgent";
  private static final String FORWARD = "/moby.sshforward.v1.SSH/ForwardAgent";
  private static final String DEFAULT_ID = "default";
  private static final int CHUNK = 32 * 1024;

  private final Session session;
  private final String id;
  private final Path directory;
  private final ServerSocketChannel listener;
  private final Set<AutoCloseable> connections = ConcurrentHashMap.newKeySet();

  private AgentSocket(Session session, String id, Path directory, ServerSocketChannel listener) {
    this.session = session;
    this.id = id;
    this.directory = directory;
    this.listener = listener;
  }

  /**
   * The client that forwards the agent of that id; empty when none does.
   *
   * @throws IOException when a client could not be asked
   */
  public static Optional<Session> find(SessionGroup sessions, String id)
      throws IOException, InterruptedException {
    byte[] request = CheckAgentRequest.newBuilder().setID(id).build().toByteArray();
    IOException failure = null;
    for (Session session : sessions.sessions()) {
      if (!session.supports(CHECK)) {
        continue;
      }
      try {
        session.call(CHECK, request);
        return Optional.of(session);
      } catch (SessionCallException e) {
        if (e.status() != Status.UNIMPLEMENTED) {
          failure = e;
        }
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
    return Optional.empty();
  }

  /**
   * The client that forwards the agent of that id.
   *
   * @throws SolveException when none does
   */
  public static Session get(SessionGroup sessions, String id)
      throws SolveException, IOException, InterruptedException {
    Optional<Session> session = find(sessions, id);
    if (session.isEmpty()) {
      throw new SolveException(
          "ssh.not-forwarded",
          ErrorCategory.USER,
          "no SSH key \"" + id + "\" forwarded from the client");
    }
    return session.get();
  }

  /**
   * Opens a socket.
   *
   * @param id of the agent; empty for {@code default}
   * @param mode permission bits of the socket
   */
  public static AgentSocket open(Session session, String id, int uid, int gid, int mode)
      throws IOException {
    // Not below the state directory: the path of a socket has room for about 100 bytes.
    Path directory = Files.createTempDirectory("gatehouse-ssh-");
    try {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
      ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      AgentSocket socket =
          new AgentSocket(session, id.isEmpty() ? DEFAULT_ID : id, directory, listener);
      try (Directory open = Directory.open(directory)) {
        listener.bind(UnixDomainSocketAddress.of(socket.path()));
        String name = String.valueOf(socket.path().getFileName());
        open.chown(name, uid, gid);
        open.chmod(name, mode & 0777);
      } catch (IOException e) {
        listener.close();
        throw e;
      }
      Thread.ofVirtual().name("ssh-agent").start(socket::accept);
      return socket;
    } catch (IOException e) {
      delete(directory);
      throw e;
    }
  }

  public Path path() {
    return directory.resolve("ssh_auth_sock");
  }

  private void accept() {
    while (true) {
      SocketChannel connection;
      try {
        connection = listener.accept();
      } catch (IOException e) {
        return; // closed
      }
      Thread.ofVirtual().name("ssh-agent-connection").start(() -> carry(connection));
    }
  }

  /** Both directions of one connection; a failure ends that connection only. */
  private void carry(SocketChannel connection) {
    connections.add(connection);
    try (connection;
        MessageStream stream = session.open(FORWARD, Map.of("buildkit.ssh.id", List.of(id)))) {
      connections.add(stream);
      Thread there = Thread.ofVirtual().start(() -> send(connection, stream));
      receive(connection, stream);
      connection.close();
      there.join();
      connections.remove(stream);
    } catch (IOException e) {
      // The process in the container sees its connection end, which is all there is to tell it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(connection);
    }
  }

  private static void receive(SocketChannel connection, MessageStream stream)
      throws IOException, InterruptedException {
    for (byte @Nullable [] message = stream.receive();
        message != null;
        message = stream.receive()) {
      ByteBuffer data = BytesMessage.parseFrom(message).getData().asReadOnlyByteBuffer();
      while (data.hasRemaining()) {
        connection.write(data);
      }
    }
  }

  private static void send(SocketChannel connection, MessageStream stream) {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    try {
      while (connection.read(buffer) >= 0) {
        buffer.flip();
        stream.send(
            BytesMessage.newBuilder().setData(ByteString.copyFrom(buffer)).build().toByteArray());
        buffer.clear();
      }
      stream.closeSend();
    } catch (IOException e) {
      stream.close();
    } catch (InterruptedException e) {
      stream.close();
      Thread.currentThread().interrupt();
    }
  }

  private static void delete(Path directory) {
    try {
      Files.deleteIfExists(directory.resolve("ssh_auth_sock"));
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      // A directory for temporary files loses nothing by an empty one more.
    }
  }

  /** Closes the socket and all its connections. */
  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      // It is not open any more either way.
    }
    for (AutoCloseable connection : List.copyOf(connections)) {
      try {
        connection.close();
      } catch (Exception e) {
        // As above.
      }
    }
    delete(directory);
  }
}
