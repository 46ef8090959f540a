package dev.gatehouse.solver.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarWriter;
import dev.gatehouse.solver.worker.image.MediaTypes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** Layers, configurations and manifests for tests. */
public final class TestImages {
  private static final List<String> APPLETS =
      List.of("sh", "cat", "sleep", "ls", "echo", "true", "false", "mkdir", "seq", "date", "touch");

  private TestImages() {}

  /** A layer with busybox. */
  static byte[] busybox() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(bytes)) {
      for (String directory : List.of("bin/", "etc/", "tmp/")) {
        tar.add(entry(directory, TarEntry.Type.DIRECTORY, 0).build(), new byte[0]);
      }
      byte[] busybox = Files.readAllBytes(TestMachine.BUSYBOX);
      tar.add(entry("bin/busybox", TarEntry.Type.FILE, busybox.length).build(), busybox);
      for (String applet : APPLETS) {
        tar.add(
            entry("bin/" + applet, TarEntry.Type.SYMLINK, 0).linkName("busybox").build(),
            new byte[0]);
      }
    }
    return bytes.toByteArray();
  }

  /** A layer with one file. */
  static byte[] file(String name, String content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] data = content.getBytes(UTF_8);
    try (TarWriter tar = new TarWriter(bytes)) {
      tar.add(entry(name, TarEntry.Type.FILE, data.length).build(), data);
    }
    return bytes.toByteArray();
  }

  private static TarEntry.Builder entry(String name, TarEntry.Type type, long size) {
    return TarEntry.builder(name, type).mode(0755).size(size).modified(Instant.EPOCH);
  }

  /** A configuration of an image with these layers. */
  public static byte[] config(List<Digest> diffIds) {
    return ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Env\":[\"PATH=/bin\"]},"
            + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
            + diffIds.stream().map(id -> "\"" + id + "\"").collect(Collectors.joining(","))
            + "]}}")
        .getBytes(UTF_8);
  }

  /** A manifest; {@code layers} are descriptors. */
  public static byte[] manifest(byte[] config, List<String> layers) {
    return ("{\"schemaVersion\":2,\"mediaType\":\""
            + MediaTypes.OCI_MANIFEST
            + "\",\"config\":"
            + descriptor(MediaTypes.OCI_CONFIG, config)
            + ",\"layers\":["
            + String.join(",", layers)
            + "]}")
        .getBytes(UTF_8);
  }

  public static String descriptor(String type, byte[] blob) {
    return "{\"mediaType\":\""
        + type
        + "\",\"digest\":\""
        + Digest.sha256(blob)
        + "\",\"size\":"
        + blob.length
        + "}";
  }
}
