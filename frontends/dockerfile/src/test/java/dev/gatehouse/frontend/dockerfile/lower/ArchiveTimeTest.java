package dev.gatehouse.frontend.dockerfile.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class ArchiveTimeTest {
  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private static byte[] entry(char type, long time, String content) {
    byte[] data = content.getBytes(StandardCharsets.UTF_8);
    byte[] out = new byte[512 + (data.length + 511) / 512 * 512];
    put(out, 0, "name");
    put(out, 124, String.format("%011o", data.length));
    put(out, 136, String.format("%011o", time));
    out[156] = (byte) type;
    int sum = 8 * ' ';
    for (int i = 0; i < 512; i++) {
      sum += out[i] & 0xff;
    }
    put(out, 148, String.format("%06o\0 ", sum));
    System.arraycopy(data, 0, out, 512, data.length);
    return out;
  }

  private static byte[] archive(byte[]... entries) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] entry : entries) {
      out.writeBytes(entry);
    }
    out.writeBytes(new byte[1024]);
    return out.toByteArray();
  }

  @Test
  void theYoungestRegularFileCounts() throws Exception {
    byte[] tar =
        archive(
            entry('0', 1000, "a"),
            entry('5', 9000, ""),
            entry('0', 2000, "x".repeat(600)),
            entry('0', 1500, ""));
    assertThat(ArchiveTime.youngest(tar)).isEqualTo(Instant.ofEpochSecond(2000));
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(tar);
    }
    assertThat(ArchiveTime.youngest(zipped.toByteArray())).isEqualTo(Instant.ofEpochSecond(2000));
  }

  @Test
  void anExtendedHeaderIsOfTheNextEntryOnly() throws Exception {
    byte[] tar =
        archive(entry('x', 0, "21 mtime=5000.250000\n"), entry('0', 1, "a"), entry('0', 2, "b"));
    assertThat(ArchiveTime.youngest(tar)).isEqualTo(Instant.ofEpochSecond(5000));
  }

  @Test
  void whatIsNoArchiveHasNoTime() throws Exception {
    assertThat(ArchiveTime.youngest("text".getBytes())).isNull();
    assertThat(ArchiveTime.youngest(new byte[0])).isNull();
    byte[] cut = Arrays.copyOf(entry('0', 1, "x".repeat(2000)), 700);
    assertThat(ArchiveTime.youngest(cut)).isNull();
    assertThatThrownBy(() -> ArchiveTime.youngest(new byte[] {0x42, 0x5a, 0x68, 0}))
        .isInstanceOf(DockerfileException.class)
        .hasMessageContaining("bzip2");
  }
}
