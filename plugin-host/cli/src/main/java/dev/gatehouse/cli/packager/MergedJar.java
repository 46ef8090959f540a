package dev.gatehouse.cli.packager;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Enumeration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Many jars in one: a JVM opens and checks a single file at start.
 *
 * <p>Members are stored, not deflated (the image's layer is compressed as a whole), sorted by name
 * and dated alike, so equal input gives equal bytes. Of members with one name the first jar's wins;
 * service files and logging properties of one name are joined line by line. Classes get the form
 * that starts fastest, see {@link RecordMethods}, {@link OldClasses} and {@link LateDescriptors}.
 * Signatures, module descriptors, build metadata below {@code META-INF/maven} and what makes a
 * plugin of a zip are left out.
 */
final class MergedJar {
  private static final LocalDateTime DATE = LocalDateTime.of(1980, 1, 1, 0, 0, 0);
  private static final String SERVICES = "META-INF/services/";
  private static final long MAX_MEMBER = 256L << 20;

  private MergedJar() {}

  /**
   * Writes the merged jar.
   *
   * @throws PackagingException if a jar cannot be read
   */
  static void write(List<Path> jars, Path target) throws IOException, PackagingException {
    Map<String, byte[]> members = new TreeMap<>();
    Map<String, Set<String>> services = new TreeMap<>();
    boolean multiRelease = false;
    for (Path jar : jars) {
      try (JarFile file = new JarFile(jar.toFile(), false)) {
        multiRelease |= file.isMultiRelease();
        for (Enumeration<? extends ZipEntry> all = file.entries(); all.hasMoreElements(); ) {
          ZipEntry entry = all.nextElement();
          String name = entry.getName();
          if (entry.isDirectory() || leftOut(name)) {
            continue;
          }
          byte[] bytes = read(file, entry, jar);
          if (name.startsWith(SERVICES)) {
            Set<String> lines = services.computeIfAbsent(name, n -> new LinkedHashSet<>());
            new String(bytes, StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.replaceFirst("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .forEach(lines::add);
          } else {
            members.putIfAbsent(name, bytes);
          }
        }
      } catch (java.util.zip.ZipException e) {
        throw new PackagingException(jar + " is not a jar: " + e.getMessage(), e);
      }
    }
    members.putAll(LateDescriptors.of(members));
    members.replaceAll((name, bytes) -> prepared(name, bytes, members));
    services.forEach((name, lines) ->
        members.put(name, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8)));
    String manifest = "Manifest-Version: 1.0\r\n" + (multiRelease ? "Multi-Release: true\r\n" : "");
    try (OutputStream out = Files.newOutputStream(target);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      add(zip, JarFile.MANIFEST_NAME, (manifest + "\r\n").getBytes(StandardCharsets.US_ASCII));
      for (Map.Entry<String, byte[]> member : members.entrySet()) {
        add(zip, member.getKey(), member.getValue());
      }
    }
  }

  /**
   * The class that a merged jar offers as a service, if it is the only one. A process that is told
   * it needs not open the jar.
   */
  static Optional<String> onlyService(Path jar, Class<?> service) throws IOException {
    try (JarFile file = new JarFile(jar.toFile(), false)) {
      ZipEntry entry = file.getEntry(SERVICES + service.getName());
      if (entry == null) {
        return Optional.empty();
      }
      List<String> names =
          new String(file.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .toList();
      return names.size() == 1 ? Optional.of(names.getFirst()) : Optional.empty();
    }
  }

  /** A class in the form that starts fastest; what is none stays, nobody may ever load it. */
  private static byte[] prepared(String name, byte[] bytes, Map<String, byte[]> others) {
    if (!name.endsWith(".class")) {
      return bytes;
    }
    try {
      return RecordMethods.expand(
          OldClasses.isOld(bytes) ? OldClasses.raise(bytes, others) : bytes);
    } catch (IllegalArgumentException e) {
      return bytes;
    }
  }

  private static boolean leftOut(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    return name.startsWith("lib/") && name.endsWith(".jar")
        || name.equals("plugin.properties")
        || upper.equals(JarFile.MANIFEST_NAME)
        || upper.equals("META-INF/INDEX.LIST")
        || upper.startsWith("META-INF/MAVEN/")
        || upper.startsWith("META-INF/SIG-")
        || upper.matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)")
        || upper.endsWith("MODULE-INFO.CLASS");
  }

  private static byte[] read(JarFile file, ZipEntry entry, Path jar)
      throws IOException, PackagingException {
    try (InputStream in = file.getInputStream(entry)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream(Math.max(64, (int) entry.getSize()));
      byte[] buffer = new byte[8192];
      for (int n; (n = in.read(buffer)) > 0; ) {
        out.write(buffer, 0, n);
        if (out.size() > MAX_MEMBER) {
          throw new PackagingException(jar + ": " + entry.getName() + " is larger than 256 MiB");
        }
      }
      return out.toByteArray();
    }
  }

  static void add(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCompressedSize(bytes.length);
    entry.setCrc(crc.getValue());
    entry.setTimeLocal(DATE);
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }
}
