package dev.gatehouse.solver.store.layer;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * How a layer blob is compressed.
 *
 * <p>The same bytes at the same compression give the same blob on every machine, however many
 * processors it has.
 *
 * @param type the format
 * @param level the level within the format's range (gzip 0 to 9, zstd 1 to 22); empty for the
 *     format's default
 */
public record Compression(Type type, OptionalInt level) {

  /** A compression format of layers. */
  public enum Type {
    UNCOMPRESSED(
        "uncompressed",
        "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.docker.image.rootfs.diff.tar"),
    GZIP(
        "gzip",
        "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.docker.image.rootfs.diff.tar.gzip"),
    ZSTD(
        "zstd",
        "application/vnd.oci.image.layer.v1.tar+zstd",
        "application/vnd.docker.image.rootfs.diff.tar.zstd");

    private final String id;
    private final String ociMediaType;
    private final String dockerMediaType;

    Type(String id, String ociMediaType, String dockerMediaType) {
      this.id = id;
      this.ociMediaType = ociMediaType;
      this.dockerMediaType = dockerMediaType;
    }

    /** The name used by exporter attributes: {@code uncompressed}, {@code gzip}, {@code zstd}. */
    public String id() {
      return id;
    }

    /** Media type of a layer so compressed. */
    public String mediaType(boolean oci) {
      return oci ? ociMediaType : dockerMediaType;
    }

    /**
     * The format of a layer of this media type, OCI or Docker, distributable or not.
     *
     * @throws IllegalArgumentException if it is no tar layer of a known format
     */
    public static Type ofMediaType(String mediaType) {
      String t = mediaType.toLowerCase(Locale.ROOT);
      return switch (t) {
        case "application/vnd.oci.image.layer.v1.tar",
            "application/vnd.oci.image.layer.nondistributable.v1.tar",
            "application/vnd.docker.image.rootfs.diff.tar",
            "application/vnd.docker.image.rootfs.foreign.diff.tar" ->
            UNCOMPRESSED;
        case "application/vnd.oci.image.layer.v1.tar+gzip",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" ->
            GZIP;
        case "application/vnd.oci.image.layer.v1.tar+zstd",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
            "application/vnd.docker.image.rootfs.diff.tar.zstd" ->
            ZSTD;
        default -> throw new IllegalArgumentException("unsupported layer media type " + mediaType);
      };
    }
  }

  /** No compression. */
  public static final Compression NONE = new Compression(Type.UNCOMPRESSED, OptionalInt.empty());

  /** gzip at its default level. */
  public static final Compression GZIP = new Compression(Type.GZIP, OptionalInt.empty());

  /** zstd at its default level. */
  public static final Compression ZSTD = new Compression(Type.ZSTD, OptionalInt.empty());

  public Compression {
    if (level.isPresent()) {
      int l = level.getAsInt();
      int max = type == Type.ZSTD ? Zstd.maxCompressionLevel() : 9;
      if (l < 0 || l > max) {
        throw new IllegalArgumentException(
            type.id() + " compression level " + l + " is not in 0 to " + max);
      }
    }
  }

  /**
   * The compression of an exporter attribute {@code compression=}.
   *
   * @throws IllegalArgumentException naming the value, if it is unknown or not supported
   */
  public static Type parseType(String value) {
    return switch (value) {
      case "uncompressed", "none" -> Type.UNCOMPRESSED;
      case "gzip" -> Type.GZIP;
      case "zstd" -> Type.ZSTD;
      case "estargz", "nydus", "zstd:chunked" ->
          throw new IllegalArgumentException(
              "compression type "
                  + value
                  + " is not supported by this daemon; use uncompressed, gzip or zstd");
      default -> throw new IllegalArgumentException("unsupported compression type " + value);
    };
  }

  /**
   * A stream that compresses what is written to it; closing it ends the blob and closes {@code
   * out}.
   */
  public OutputStream compress(OutputStream out) throws IOException {
    return switch (type) {
      case UNCOMPRESSED -> out;
      case GZIP -> new ParallelGzipOutputStream(out, level.orElse(-1));
      case ZSTD -> {
        ZstdOutputStream z =
            new ZstdOutputStream(out, Math.max(1, level.orElse(Zstd.defaultCompressionLevel())));
        // One worker or many give equal bytes; none at all gives others.
        z.setWorkers(Math.max(1, Runtime.getRuntime().availableProcessors()));
        yield z;
      }
    };
  }

  /**
   * A stream of the bytes that {@code in} holds compressed, whatever the format: it is told by the
   * first bytes, and what matches none is passed through. Concatenated gzip members and zstd frames
   * are one stream. Closing it closes {@code in}.
   */
  public static InputStream decompress(InputStream in) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, 64 * 1024);
    return switch (detect(buffered)) {
      case UNCOMPRESSED -> buffered;
      case GZIP -> new GzipInputStream(buffered);
      case ZSTD -> new ZstdInputStream(buffered);
    };
  }

  private static Type detect(BufferedInputStream in) throws IOException {
    in.mark(4);
    byte[] magic = in.readNBytes(4);
    in.reset();
    if (magic.length >= 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b) {
      return Type.GZIP;
    }
    if (magic.length == 4) {
      boolean frame =
          magic[0] == 0x28
              && magic[1] == (byte) 0xb5
              && magic[2] == 0x2f
              && magic[3] == (byte) 0xfd;
      boolean skippable =
          (magic[0] & 0xf0) == 0x50 && magic[1] == 0x2a && magic[2] == 0x4d && magic[3] == 0x18;
      if (frame || skippable) {
        return Type.ZSTD;
      }
    }
    return Type.UNCOMPRESSED;
  }
}
