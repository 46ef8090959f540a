package dev.gatehouse.solver.store.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class CompressionTest {
  private static byte[] text(int size) {
    Random random = new Random(size);
    byte[] b = new byte[size];
    for (int i = 0; i < size; i++) {
      b[i] = (byte) (i % 1000 < 500 ? 'a' + i % 7 : random.nextInt(60) + 32);
    }
    return b;
  }

  private static byte[] compress(Compression c, byte[] data, int chunk) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream z = c.compress(out)) {
      for (int at = 0; at < data.length; at += chunk) {
        z.write(data, at, Math.min(chunk, data.length - at));
      }
    }
    return out.toByteArray();
  }

  private static byte[] decompress(byte[] blob) throws IOException {
    try (InputStream in = Compression.decompress(new Dribble(new ByteArrayInputStream(blob)))) {
      return in.readAllBytes();
    }
  }

  /** A network: a few bytes at a time, and never a promise of more. */
  private static final class Dribble extends FilterInputStream {
    Dribble(InputStream in) {
      super(in);
    }

    @Override
    public int available() {
      return 0;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      return super.read(b, off, Math.min(len, 1400));
    }
  }

  @Test
  void roundTripsWhateverTheWritesAre() throws IOException {
    for (Compression c :
        new Compression[] {
          Compression.NONE,
          Compression.GZIP,
          Compression.ZSTD,
          new Compression(Compression.Type.GZIP, OptionalInt.of(0)),
          new Compression(Compression.Type.GZIP, OptionalInt.of(9)),
          new Compression(Compression.Type.ZSTD, OptionalInt.of(19))
        }) {
      for (int size : new int[] {0, 1, 100, 256 * 1024, 256 * 1024 + 1, 1_500_000}) {
        byte[] data = text(size);
        byte[] once = compress(c, data, Math.max(1, size));
        assertThat(compress(c, data, 7777)).isEqualTo(once);
        assertThat(decompress(once)).isEqualTo(data);
      }
    }
  }

  @Test
  void gzipIsOneMemberThatAnyReaderTakesAndAlmostAsSmallAsTheJdks() throws IOException {
    byte[] data = text(3_000_000);
    byte[] ours = compress(Compression.GZIP, data, 100_000);
    assertThat(new GZIPInputStream(new ByteArrayInputStream(ours)).readAllBytes()).isEqualTo(data);
    ByteArrayOutputStream jdk = new ByteArrayOutputStream();
    try (OutputStream z = new GZIPOutputStream(jdk)) {
      z.write(data);
    }
    assertThat(ours.length).isLessThan(jdk.size() * 101 / 100);
    assertThat(Arrays.copyOf(ours, 10)).containsExactly(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
  }

  @Test
  void readsConcatenatedMembersOfASlowStream() throws IOException {
    byte[] a = compress(Compression.GZIP, text(5000), 5000);
    byte[] b = compress(Compression.GZIP, text(70000), 5000);
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    assertThat(decompress(both)).hasSize(75000);
  }

  @Test
  void refusesDamage() throws IOException {
    for (Compression c : new Compression[] {Compression.GZIP, Compression.ZSTD}) {
      byte[] blob = compress(c, text(100_000), 5000);
      assertThatThrownBy(() -> decompress(Arrays.copyOf(blob, blob.length - 3)))
          .isInstanceOf(IOException.class);
      byte[] garbage = Arrays.copyOf(blob, blob.length + 10);
      assertThatThrownBy(() -> decompress(garbage)).isInstanceOf(IOException.class);
    }
    byte[] gz = compress(Compression.GZIP, text(100_000), 5000);
    gz[gz.length - 6] ^= 1;
    assertThatThrownBy(() -> decompress(gz)).hasMessageContaining("checksum");
  }

  @Test
  void namesAndMediaTypes() {
    assertThat(Compression.parseType("gzip")).isEqualTo(Compression.Type.GZIP);
    assertThatThrownBy(() -> Compression.parseType("estargz"))
        .hasMessage(
            "compression type estargz is not supported by this daemon; use uncompressed, gzip or"
                + " zstd");
    assertThatThrownBy(() -> Compression.parseType("lzma"))
        .hasMessage("unsupported compression type lzma");
    for (Compression.Type t : Compression.Type.values()) {
      assertThat(Compression.Type.ofMediaType(t.mediaType(true))).isEqualTo(t);
      assertThat(Compression.Type.ofMediaType(t.mediaType(false))).isEqualTo(t);
    }
    assertThatThrownBy(() -> new Compression(Compression.Type.GZIP, OptionalInt.of(10)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
