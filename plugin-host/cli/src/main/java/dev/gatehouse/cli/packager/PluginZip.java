package dev.gatehouse.cli.packager;

import dev.gatehouse.host.plugin.PluginException;
import dev.gatehouse.host.plugin.PluginFolder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * The zip that a daemon loads as plugin: {@code plugin.properties}, which one of the jars holds,
 * and all the jars below {@code lib}. Equal jars give equal zips.
 */
public final class PluginZip {
  private static final String DESCRIPTOR = "plugin.properties";

  private PluginZip() {}

  /**
   * Writes the zip, once the daemon's own loader has taken it.
   *
   * @throws PackagingException if these jars make no plugin, and what has to be changed
   */
  public static void write(List<Path> jars, Path target) throws IOException, PackagingException {
    Path folder = target.toAbsolutePath().resolveSibling("");
    Files.createDirectories(folder);
    Path partial = Files.createTempFile(folder, ".plugin", ".zip");
    Path scratch = Files.createTempDirectory("gatehouse-plugin");
    try {
      fill(jars, partial);
      PluginFolder.check(partial, target.toString(), scratch.resolve("plugin"));
      Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
    } catch (PluginException e) {
      throw new PackagingException(String.valueOf(e.getMessage()), e);
    } finally {
      Files.deleteIfExists(partial);
      JavaRuntime.deleteTree(scratch);
    }
  }

  private static void fill(List<Path> jars, Path zip) throws IOException, PackagingException {
    byte[] descriptor = null;
    TreeMap<String, Path> libraries = new TreeMap<>();
    for (Path jar : jars) {
      String name = String.valueOf(jar.getFileName());
      if (libraries.put(name, jar) != null) {
        throw new PackagingException("two jars are called " + name);
      }
      try (ZipFile file = new ZipFile(jar.toFile())) {
        ZipEntry entry = file.getEntry(DESCRIPTOR);
        if (entry != null && descriptor == null) {
          descriptor = file.getInputStream(entry).readAllBytes();
        }
      } catch (java.util.zip.ZipException e) {
        throw new PackagingException(jar + " is not a jar: " + e.getMessage(), e);
      }
    }
    if (descriptor == null) {
      throw new PackagingException(
          "none of the jars holds a plugin.properties, which gives a plugin its id, its version and"
              + " the names of its frontend: plugin.id, plugin.version, gatehouse.frontend.names");
    }
    try (OutputStream out = Files.newOutputStream(zip);
        ZipOutputStream members = new ZipOutputStream(out)) {
      MergedJar.add(members, DESCRIPTOR, descriptor);
      for (var library : libraries.entrySet()) {
        MergedJar.add(members, "lib/" + library.getKey(), Files.readAllBytes(library.getValue()));
      }
    }
  }
}
