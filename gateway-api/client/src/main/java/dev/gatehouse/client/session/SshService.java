package dev.gatehouse.client.session;

import com.google.protobuf.ByteString;
import dev.gatehouse.client.SshSource;
import dev.gatehouse.client.UnixSocket;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.frontend.transport.TaskThreads;
import dev.gatehouse.protocol.sshforward.BytesMessage;
import dev.gatehouse.protocol.sshforward.CheckAgentRequest;
import dev.gatehouse.protocol.sshforward.CheckAgentResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code moby.sshforward.v1.SSH}: connections of build steps to an ssh agent of the client.
 *
 * <p>Unless an agent is lent raw, only the messages that list keys and sign are passed on;
 * everything else is answered with failure, so a build cannot add, remove or lock keys.
 */
final class SshService extends MessageService {
  private static final String DEFAULT = "default";
  private static final int CHUNK = 32 << 10;
  private static final int MAX_AGENT_MESSAGE = 256 << 10;
  private static final int REQUEST_IDENTITIES = 11;
  private static final int SIGN_REQUEST = 13;
  private static final byte[] FAILURE = {0, 0, 0, 1, 5};

  private final Map<String, SshSource> agents = new HashMap<>();

  SshService(List<SshSource> sources) {
    super("moby.sshforward.v1.SSH");
    sources.forEach(s -> agents.put(s.id().isEmpty() ? DEFAULT : s.id(), s));
    unary(
        "CheckAgent",
        CheckAgentRequest.parser(),
        (request, metadata) -> {
          agent(request.getID());
          return CheckAgentResponse.getDefaultInstance();
        });
    streaming(
        "ForwardAgent",
        (stream, metadata) -> forward(stream, agent(first(metadata, "buildkit.ssh.id"))));
  }

  private SshSource agent(String id) throws RpcException {
    String name = id.isEmpty() ? DEFAULT : id;
    SshSource agent = agents.get(name);
    if (agent == null) {
      throw new RpcException(StatusCode.NOT_FOUND, "unset ssh forward key " + name);
    }
    return agent;
  }

  private static void forward(RpcStream stream, SshSource agent)
      throws IOException, RpcException, InterruptedException {
    try (Socket socket = UnixSocket.connect(UnixDomainSocketAddress.of(agent.socket()))) {
      InputStream fromAgent = socket.getInputStream();
      OutputStream toAgent = socket.getOutputStream();
      if (!agent.raw()) {
        forwardMessages(stream, fromAgent, toAgent);
        return;
      }
      TaskThreads.executor()
          .execute(() -> {
            try {
              byte[] buffer = new byte[CHUNK];
              int n;
              while ((n = fromAgent.read(buffer)) >= 0) {
                send(stream, buffer, n);
              }
            } catch (IOException | RpcException e) {
              // Either end has closed; so does the other when the call returns.
              stream.close();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      BytesMessage message;
      while ((message = receive(stream, BytesMessage.parser())) != null) {
        message.getData().writeTo(toAgent);
        toAgent.flush();
      }
    }
  }

  /** Request by request, as the agent protocol has it: a length of four bytes, a type, a body. */
  private static void forwardMessages(RpcStream stream, InputStream fromAgent, OutputStream toAgent)
      throws IOException, RpcException, InterruptedException {
    ByteArrayOutputStream pending = new ByteArrayOutputStream();
    BytesMessage message;
    while ((message = receive(stream, BytesMessage.parser())) != null) {
      message.getData().writeTo(pending);
      byte[] all = pending.toByteArray();
      int at = 0;
      while (all.length - at >= 5) {
        int length = ByteBuffer.wrap(all, at, 4).getInt();
        if (length < 1 || length > MAX_AGENT_MESSAGE) {
          throw new RpcException(StatusCode.INVALID_ARGUMENT, "no ssh agent message");
        }
        if (all.length - at < 4 + length) {
          break;
        }
        int type = all[at + 4] & 0xff;
        if (type == REQUEST_IDENTITIES || type == SIGN_REQUEST) {
          toAgent.write(all, at, 4 + length);
          toAgent.flush();
          byte[] head = fromAgent.readNBytes(4);
          int size = head.length < 4 ? -1 : ByteBuffer.wrap(head).getInt();
          if (size < 1 || size > MAX_AGENT_MESSAGE) {
            throw new IOException("the ssh agent gave no answer");
          }
          byte[] body = fromAgent.readNBytes(size);
          send(
              stream,
              ByteBuffer.allocate(4 + body.length).put(head).put(body).array(),
              4 + body.length);
        } else {
          send(stream, FAILURE, FAILURE.length);
        }
        at += 4 + length;
      }
      pending.reset();
      pending.write(all, at, all.length - at);
    }
  }

  private static void send(RpcStream stream, byte[] bytes, int length)
      throws RpcException, InterruptedException {
    stream.send(
        BytesMessage.newBuilder()
            .setData(ByteString.copyFrom(bytes, 0, length))
            .build()
            .toByteArray());
  }
}
