package dev.gatehouse.frontend.transport;

import dev.gatehouse.frontend.StatusCode;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Messages as bytes, metadata as text, status as exception. */
final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
  static final Bytes MARSHALLER = new Bytes();

  static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private Bytes() {}

  /** A stream that gRPC copies from at once instead of through a buffer. */
  private static final class Message extends ByteArrayInputStream
      implements KnownLength, Drainable {
    Message(byte[] bytes) {
      super(bytes);
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int n = count - pos;
      target.write(buf, pos, n);
      pos = count;
      return n;
    }
  }

  @Override
  public InputStream stream(byte[] value) {
    return new Message(value);
  }

  @Override
  public byte[] parse(InputStream stream) {
    try {
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static MethodDescriptor<byte[], byte[]> method(
      String fullName, MethodDescriptor.MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(type)
        .setFullMethodName(fullName)
        .setRequestMarshaller(MARSHALLER)
        .setResponseMarshaller(MARSHALLER)
        .build();
  }

  static Metadata metadata(Map<String, List<String>> values) {
    Metadata metadata = new Metadata();
    values.forEach((name, list) -> {
      Metadata.Key<String> key = Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
      list.forEach(value -> metadata.put(key, value));
    });
    return metadata;
  }

  static Map<String, List<String>> metadata(Metadata metadata) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (String name : metadata.keys()) {
      if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
        continue;
      }
      List<String> list = new ArrayList<>();
      Iterable<String> all =
          metadata.getAll(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
      if (all != null) {
        all.forEach(list::add);
      }
      values.put(name, list);
    }
    return values;
  }

  static RpcException failure(Status status, @Nullable Metadata trailers) {
    byte[] details = trailers == null ? null : trailers.get(DETAILS);
    return new RpcException(
        StatusCode.of(status.getCode().value()),
        Objects.requireNonNullElse(status.getDescription(), status.getCode().name()),
        details == null ? new byte[0] : details,
        status.getCause());
  }

  static Status status(RpcException e) {
    return Status.fromCodeValue(e.status().ordinal()).withDescription(e.getMessage());
  }

  static void checkSize(byte[] message) throws RpcException {
    if (message.length > RpcChannel.MAX_MESSAGE) {
      throw new RpcException(
          StatusCode.RESOURCE_EXHAUSTED,
          "message of "
              + message.length
              + " bytes is larger than the limit of "
              + RpcChannel.MAX_MESSAGE);
    }
  }
}
