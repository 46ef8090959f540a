package dev.gatehouse.client.session;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcService;
import dev.gatehouse.frontend.transport.RpcStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A service whose methods are registered one by one. Failures to read or write become a status with
 * their text.
 */
abstract class MessageService implements RpcService {
  interface Unary<Q> {
    MessageLite serve(Q request, Map<String, List<String>> metadata)
        throws RpcException, IOException, InterruptedException;
  }

  interface Streaming {
    void serve(RpcStream stream, Map<String, List<String>> metadata)
        throws RpcException, IOException, InterruptedException;
  }

  private record UnaryMethod<Q>(Parser<Q> parser, Unary<Q> body) {
    byte[] run(byte[] request, Map<String, List<String>> metadata)
        throws RpcException, IOException, InterruptedException {
      return body.serve(parse(parser, request), metadata).toByteArray();
    }
  }

  private final String name;
  private final Map<String, Kind> kinds = new LinkedHashMap<>();
  private final Map<String, UnaryMethod<?>> unary = new LinkedHashMap<>();
  private final Map<String, Streaming> streaming = new LinkedHashMap<>();

  MessageService(String name) {
    this.name = name;
  }

  final <Q> void unary(String method, Parser<Q> parser, Unary<Q> body) {
    kinds.put(method, Kind.UNARY);
    unary.put(method, new UnaryMethod<>(parser, body));
  }

  final void streaming(String method, Streaming body) {
    kinds.put(method, Kind.STREAM);
    streaming.put(method, body);
  }

  static <Q> Q parse(Parser<Q> parser, byte[] message) throws RpcException {
    try {
      return parser.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, "unreadable message: " + e.getMessage());
    }
  }

  /** The next message, or null after the last. */
  static <Q> @Nullable Q receive(RpcStream stream, Parser<Q> parser)
      throws RpcException, InterruptedException {
    byte[] message = stream.receive();
    return message == null ? null : parse(parser, message);
  }

  static String first(Map<String, List<String>> metadata, String key) {
    List<String> values = metadata.get(key);
    return values == null || values.isEmpty() ? "" : values.get(0);
  }

  private static RpcException failure(IOException e) {
    return new RpcException(
        e instanceof NoSuchFileException ? StatusCode.NOT_FOUND : StatusCode.UNKNOWN,
        e instanceof NoSuchFileException
            ? e.getMessage() + ": no such file or directory"
            : String.valueOf(e.getMessage()),
        new byte[0],
        e);
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final Map<String, Kind> methods() {
    return kinds;
  }

  @Override
  public final byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    UnaryMethod<?> m = unary.get(method);
    if (m == null) {
      throw new RpcException(StatusCode.UNIMPLEMENTED, "unknown method " + method);
    }
    try {
      return m.run(request, metadata);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public final void stream(String method, RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    Streaming m = streaming.get(method);
    if (m == null) {
      throw new RpcException(StatusCode.UNIMPLEMENTED, "unknown method " + method);
    }
    try {
      m.serve(stream, metadata);
    } catch (IOException e) {
      throw failure(e);
    }
  }
}
