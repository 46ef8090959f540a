package dev.gatehouse.cli.packager;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Prepares the jars of the distribution for their start-up caches when it is built: what {@link
 * OldClasses}, {@link RecordMethods} and {@link LateDescriptors} do for frontends, for Gatehouse
 * itself.
 *
 * <p>A jar with such classes is written anew, without signatures, and says so in a member {@code
 * META-INF/CHANGED}. SQLite's native libraries for Linux are unpacked beside the jars, in {@code
 * native/ARCHITECTURE}.
 */
public final class DistributionJars {
  private static final LocalDateTime DATE = LocalDateTime.of(1980, 1, 1, 0, 0);

  private static final Pattern SQLITE =
      Pattern.compile("org/sqlite/native/Linux/(x86_64|aarch64|riscv64)/(libsqlitejdbc\\.so)");

  private DistributionJars() {}

  /**
   * Rewrites the jars that need it.
   *
   * @param args the folder with the jars
   */
  public static void main(String[] args) throws IOException {
    List<Path> jars;
    try (Stream<Path> files = Files.list(Path.of(args[0]))) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
    Map<Path, Map<String, byte[]>> contents = new LinkedHashMap<>();
    Map<String, byte[]> classPath = new LinkedHashMap<>();
    for (Path jar : jars) {
      Map<String, byte[]> members = read(jar);
      contents.put(jar, members);
      members.forEach(classPath::putIfAbsent);
    }
    Map<String, byte[]> late = LateDescriptors.of(classPath);
    for (Map.Entry<Path, Map<String, byte[]>> content : contents.entrySet()) {
      Map<String, byte[]> members = content.getValue();
      Map<String, byte[]> changed = new LinkedHashMap<>();
      late.forEach((name, bytes) -> {
        byte[] own = members.get(name);
        if (own != null && own == classPath.get(name)) {
          changed.put(name, bytes);
        }
      });
      prepare(content.getKey(), members, changed);
    }
  }

  private static Map<String, byte[]> read(Path jar) throws IOException {
    Map<String, byte[]> members = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : zip.stream().filter(e -> !e.isDirectory()).toList()) {
        members.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
      }
    }
    return members;
  }

  private static void prepare(Path jar, Map<String, byte[]> members, Map<String, byte[]> late)
      throws IOException {
    for (Map.Entry<String, byte[]> member : members.entrySet()) {
      Matcher sqlite = SQLITE.matcher(member.getKey());
      if (sqlite.matches()) {
        Path target = jar.resolveSibling("native").resolve(sqlite.group(1));
        Files.createDirectories(target);
        Files.write(target.resolve(sqlite.group(2)), member.getValue());
      }
    }
    Map<String, byte[]> changed = new LinkedHashMap<>();
    members.forEach((name, bytes) -> {
      if (name.endsWith(".class") && !name.startsWith("META-INF/")) {
        byte[] known = late.getOrDefault(name, bytes);
        byte[] raised = OldClasses.isOld(known) ? OldClasses.raise(known, members) : known;
        byte[] expanded = RecordMethods.expand(raised);
        if (expanded != bytes) {
          changed.put(name, expanded);
        }
      }
    });
    if (!changed.isEmpty()) {
      members.putAll(changed);
      members.keySet().removeIf(name -> name.matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)"));
      String notice =
          "Gatehouse's build changed the form of %s classes, for a faster start: stack maps, methods of records, descriptors of messages.\n"
              .formatted(changed.size());
      members.put("META-INF/CHANGED", notice.getBytes(StandardCharsets.UTF_8));
      write(jar, members);
    }
  }

  private static void write(Path jar, Map<String, byte[]> members) throws IOException {
    Path target = jar.resolveSibling(jar.getFileName() + ".new");
    try (OutputStream out = Files.newOutputStream(target);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> member : members.entrySet()) {
        ZipEntry entry = new ZipEntry(member.getKey());
        entry.setTimeLocal(DATE);
        zip.putNextEntry(entry);
        zip.write(member.getValue());
        zip.closeEntry();
      }
    }
    Files.move(target, jar, StandardCopyOption.REPLACE_EXISTING);
  }
}
