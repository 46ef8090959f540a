package dev.gatehouse.solver.worker.export;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.filesync.BytesMessage;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.Session;
import dev.gatehouse.solver.worker.session.SessionCallException;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Sends what a build made to its client: {@code moby.filesync.v1.FileSend}. */
final class FileSend {
  private static final String METHOD = "/moby.filesync.v1.FileSend/DiffCopy";
  private static final String EXPORTER_ID = "buildkit-attachable-exporter-id";
  private static final int MESSAGE = 1 << 20;

  private FileSend() {}

  /** Opens a call to the first client that takes files. */
  static MessageStream open(SessionGroup sessions, int exporterId, Map<String, List<String>> header)
      throws SolveException, IOException, InterruptedException {
    Map<String, List<String>> all = new LinkedHashMap<>(header);
    all.put(EXPORTER_ID, List.of(Integer.toString(exporterId)));
    for (Session s : sessions.sessions()) {
      if (s.supports(METHOD)) {
        return s.open(METHOD, all);
      }
    }
    throw new SolveException(
        "export.client", ErrorCategory.USER, "method " + METHOD + " not supported by the client");
  }

  /** Writes the bytes of one file. */
  interface Content {
    void writeTo(OutputStream out) throws SolveException, IOException, InterruptedException;
  }

  /**
   * Sends one file, such as an archive.
   *
   * @param metadata told to the client with it
   * @return false if the client has the file already and does not want it
   */
  static boolean file(
      SessionGroup sessions, int exporterId, Map<String, String> metadata, Content content)
      throws SolveException, IOException, InterruptedException {
    Map<String, List<String>> header = new LinkedHashMap<>();
    metadata.forEach((k, v) -> header.put("exporter-md-" + k, List.of(v)));
    try (MessageStream call = open(sessions, exporterId, header)) {
      Sender sender = new Sender(call);
      try (OutputStream out = new BufferedOutputStream(sender, MESSAGE)) {
        content.writeTo(out);
      } catch (InterruptedIOException e) {
        if (sender.interrupted) {
          throw new InterruptedException("sending to the client interrupted");
        }
        throw e;
      }
      call.closeSend();
      while (call.receive() != null) {
        // The client answers nothing, but ends the call when it has written the file.
      }
      return true;
    } catch (SessionCallException e) {
      if (e.status() == SessionCallException.Status.ALREADY_EXISTS) {
        return false;
      }
      throw e;
    }
  }

  private static final class Sender extends OutputStream {
    private final MessageStream call;
    private boolean interrupted;

    Sender(MessageStream call) {
      this.call = call;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        for (int at = 0; at < length; at += MESSAGE) {
          int n = Math.min(MESSAGE, length - at);
          call.send(
              BytesMessage.newBuilder()
                  .setData(ByteString.copyFrom(bytes, offset + at, n))
                  .build()
                  .toByteArray());
        }
      } catch (InterruptedException e) {
        interrupted = true;
        throw new InterruptedIOException("sending to the client interrupted");
      }
    }
  }
}
