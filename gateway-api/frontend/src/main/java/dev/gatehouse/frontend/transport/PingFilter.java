package dev.gatehouse.frontend.transport;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Arrays;

/**
 * The incoming side of an HTTP/2 connection, without the pings by which Go's peers measure the path
 * once there have been many.
 *
 * <p>grpc-okhttp counts the control frames that it queues and forgets to count down those that a
 * flush writes: after 10,000 answered pings it closes the socket without a word, in the midst of a
 * transfer of some thousand files. Go's peers ping with every data frame that finds no ping on its
 * way, always with the same eight bytes; unanswered, they send no more and keep the windows they
 * have arrived at. Pings that ask whether this side is alive have other bytes and pass.
 */
final class PingFilter extends FilterInputStream {
  private static final int LIMIT = 5000;
  private static final int HEADER = 9;
  private static final int PREFACE = 24;
  private static final int PING = 6;

  /** The payload of grpc-go's bandwidth-delay estimator. */
  private static final byte[] ESTIMATE = {2, 4, 16, 16, 9, 14, 7, 7};

  private final byte[] one = new byte[1];

  /** A frame's header, with the payload of a ping, read ahead. */
  private final byte[] ahead = new byte[HEADER + ESTIMATE.length];

  private int aheadAt;
  private int aheadEnd;

  /** Bytes of the preface or a frame's payload that pass as they are. */
  private long passing;

  private int estimates;

  private PingFilter(InputStream in, boolean server) {
    super(in);
    passing = server ? PREFACE : 0;
  }

  /** A socket of which the input is filtered; a server's begins with the client's preface. */
  static Socket wrap(Socket socket, boolean server) throws IOException {
    return new StreamSocket(
        new PingFilter(socket.getInputStream(), server), socket.getOutputStream(), socket);
  }

  @Override
  public int read() throws IOException {
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (aheadAt == aheadEnd && passing == 0) {
      if (!frame()) {
        return -1;
      }
    }
    if (aheadAt < aheadEnd) {
      int n = Math.min(length, aheadEnd - aheadAt);
      System.arraycopy(ahead, aheadAt, bytes, offset, n);
      aheadAt += n;
      return n;
    }
    int n = in.read(bytes, offset, (int) Math.min(length, passing));
    if (n > 0) {
      passing -= n;
    }
    return n;
  }

  /** Reads the next frame's header; false at the end of the stream. */
  private boolean frame() throws IOException {
    aheadAt = 0;
    aheadEnd = in.readNBytes(ahead, 0, HEADER);
    if (aheadEnd < HEADER) {
      return aheadEnd > 0;
    }
    passing = (ahead[0] & 0xff) << 16 | (ahead[1] & 0xff) << 8 | ahead[2] & 0xff;
    if (ahead[3] == PING && ahead[4] == 0 && passing == ESTIMATE.length) {
      aheadEnd += in.readNBytes(ahead, HEADER, ESTIMATE.length);
      passing = 0;
      if (Arrays.equals(ahead, HEADER, aheadEnd, ESTIMATE, 0, ESTIMATE.length)
          && ++estimates > LIMIT) {
        aheadEnd = 0;
      }
    }
    return true;
  }

  @Override
  public long skip(long n) throws IOException {
    return n <= 0 ? 0 : Math.max(0, read(new byte[(int) Math.min(n, 8192)]));
  }

  @Override
  public int available() throws IOException {
    return aheadEnd - aheadAt;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
