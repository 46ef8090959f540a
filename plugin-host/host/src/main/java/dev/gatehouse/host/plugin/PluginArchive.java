package dev.gatehouse.host.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** A plugin's zip; unpacks it into a directory and trusts nothing in it. */
final class PluginArchive {
  private static final int MAX_ENTRIES = 20_000;
  private static final long MAX_BYTES = 512L << 20;

  private PluginArchive() {}

  /**
   * Unpacks a zip.
   *
   * @param shown what the zip is called in messages
   * @throws PluginException if it is no zip, is too large, or names a path outside of itself
   */
  static void unpack(Path zip, String shown, Path directory) throws PluginException, IOException {
    long total = 0;
    int entries = 0;
    try (ZipFile file = new ZipFile(zip.toFile())) {
      Enumeration<? extends ZipEntry> all = file.entries();
      while (all.hasMoreElements()) {
        ZipEntry entry = all.nextElement();
        if (++entries > MAX_ENTRIES) {
          throw new PluginException(
              "plugin " + shown + " has more than " + MAX_ENTRIES + " entries");
        }
        Path target = target(shown, directory, entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(target);
          continue;
        }
        Path parent = target.getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        try (InputStream in = file.getInputStream(entry);
            OutputStream out = Files.newOutputStream(target)) {
          total += copy(in, out, MAX_BYTES - total);
        }
        if (total >= MAX_BYTES) {
          throw new PluginException(
              "plugin " + shown + " is larger than " + (MAX_BYTES >> 20) + " MiB when unpacked");
        }
      }
    } catch (ZipException e) {
      throw new PluginException("plugin " + shown + " is no readable zip: " + e.getMessage(), e);
    }
  }

  private static Path target(String shown, Path directory, String name) throws PluginException {
    Path target = directory.resolve(name).normalize();
    if (name.isEmpty()
        || name.startsWith("/")
        || name.indexOf('\\') >= 0
        || name.indexOf('\0') >= 0
        || !target.startsWith(directory)
        || target.equals(directory)) {
      throw new PluginException("plugin " + shown + " holds the unsafe path \"" + name + '"');
    }
    return target;
  }

  private static long copy(InputStream in, OutputStream out, long limit) throws IOException {
    byte[] buffer = new byte[64 << 10];
    long copied = 0;
    while (copied < limit) {
      int count = in.read(buffer, 0, (int) Math.min(buffer.length, limit - copied));
      if (count < 0) {
        break;
      }
      out.write(buffer, 0, count);
      copied += count;
    }
    return copied;
  }
}
