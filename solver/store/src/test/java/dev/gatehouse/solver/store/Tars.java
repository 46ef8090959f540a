package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Layers for tests, made by an independent implementation. */
final class Tars {
  private Tars() {}

  /** Names ending in a slash are directories. */
  static byte[] of(String... namesAndContents) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (int i = 0; i < namesAndContents.length; i += 2) {
        byte[] content = namesAndContents[i + 1].getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry e = new TarArchiveEntry(namesAndContents[i]);
        e.setModTime(1_600_000_000_000L);
        e.setUserId(0);
        e.setGroupId(0);
        if (!e.isDirectory()) {
          e.setSize(content.length);
        }
        tar.putArchiveEntry(e);
        if (!e.isDirectory()) {
          tar.write(content);
        }
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  static LayerInfo info(byte[] tar) {
    return new LayerInfo(
        Digest.sha256(tar),
        tar.length,
        "application/vnd.oci.image.layer.v1.tar",
        Digest.sha256(tar),
        Map.of("a", "b"),
        "test");
  }

  static LayerProvider provider(byte[] tar) {
    return (layer, content) -> content.put(tar);
  }
}
