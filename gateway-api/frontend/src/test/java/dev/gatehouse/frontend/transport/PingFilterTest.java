package dev.gatehouse.frontend.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PingFilterTest {
  private static final byte[] ESTIMATE = {2, 4, 16, 16, 9, 14, 7, 7};
  private static final byte[] ALIVE = {0, 0, 0, 0, 0, 0, 0, 1};

  private static void frame(ByteArrayOutputStream out, int type, int flags, byte[] payload) {
    out.write(payload.length >> 16);
    out.write(payload.length >> 8);
    out.write(payload.length);
    out.write(type);
    out.write(flags);
    out.writeBytes(new byte[4]);
    out.writeBytes(payload);
  }

  private static byte[] filtered(byte[] bytes, boolean server, int chunk) throws Exception {
    try (var in =
        PingFilter.wrap(
                new StreamSocket(new ByteArrayInputStream(bytes), OutputStream.nullOutputStream()),
                server)
            .getInputStream()) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] buffer = new byte[chunk];
      for (int n; (n = in.read(buffer)) >= 0; ) {
        out.write(buffer, 0, n);
      }
      return out.toByteArray();
    }
  }

  @Test
  void dropsEstimatesBeyondTheLimitAndNothingElse() throws Exception {
    Random random = new Random(1);
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (ByteArrayOutputStream o : new ByteArrayOutputStream[] {sent, expected}) {
      o.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes());
    }
    for (int i = 0; i < 6000; i++) {
      byte[] data = new byte[random.nextInt(300)];
      random.nextBytes(data);
      frame(sent, 0, 0, data);
      frame(expected, 0, 0, data);
      frame(sent, 6, 0, ESTIMATE);
      if (i < 5000) {
        frame(expected, 6, 0, ESTIMATE);
      }
      if (i % 100 == 0) {
        for (ByteArrayOutputStream o : new ByteArrayOutputStream[] {sent, expected}) {
          frame(o, 6, 0, ALIVE);
          frame(o, 6, 1, ESTIMATE);
        }
      }
    }
    for (int chunk : new int[] {1, 7, 8192}) {
      assertThat(filtered(sent.toByteArray(), true, chunk)).isEqualTo(expected.toByteArray());
    }
  }

  @Test
  void passesWhatIsCutShort() throws Exception {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    frame(sent, 6, 0, ESTIMATE);
    frame(sent, 0, 0, new byte[100]);
    byte[] all = sent.toByteArray();
    for (int length = 0; length < all.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(all, length);
      assertThat(filtered(cut, false, 64)).isEqualTo(cut);
    }
  }
}
