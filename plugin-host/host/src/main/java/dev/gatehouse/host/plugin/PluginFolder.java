package dev.gatehouse.host.plugin;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plugins that lie as {@code *.zip} in some folders. Each question looks at the folders first:
 * a zip that is new, changed or gone takes effect with the next build, and builds under way keep
 * the version they began with.
 *
 * <p>A changed zip that cannot be loaded leaves its old version in place until it is mended; why it
 * failed is logged once and told to whoever asks for a frontend that nobody offers. Where two
 * plugins claim one name, the later folder wins, and inside a folder the later file name.
 */
public final class PluginFolder implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(PluginFolder.class);

  private final List<Path> folders;
  private final Path scratch;

  // guarded by this
  private final Map<Path, Slot> slots = new LinkedHashMap<>();
  private int generation;

  private record Stamp(long modifiedNanos, long size, Object key) {}

  private record Slot(Stamp stamp, @Nullable LoadedPlugin plugin, @Nullable String failure) {}

  /**
   * @param folders where zips lie; need not exist
   * @param scratch where plugins are unpacked; emptied now
   */
  public PluginFolder(List<Path> folders, Path scratch) throws IOException {
    this.folders = List.copyOf(folders);
    this.scratch = scratch;
    LoadedPlugin.delete(scratch);
    Files.createDirectories(scratch);
  }

  /**
   * Loads a zip as a daemon would, and lets it go.
   *
   * @param name what the zip is called in messages
   * @param scratch does not exist; is gone afterwards
   * @throws PluginException if no daemon could use it
   */
  public static void check(Path zip, String name, Path scratch)
      throws PluginException, IOException {
    LoadedPlugin.load(zip, name, Files.createDirectory(scratch)).retire();
  }

  /** The plugin whose frontend has this name. */
  public synchronized Optional<LoadedPlugin> find(String name) {
    refresh();
    LoadedPlugin found = null;
    for (Slot slot : slots.values()) {
      LoadedPlugin plugin = slot.plugin();
      if (plugin != null && plugin.names().contains(name)) {
        found = plugin;
      }
    }
    return Optional.ofNullable(found);
  }

  /** All plugins. */
  public synchronized List<LoadedPlugin> list() {
    refresh();
    List<LoadedPlugin> plugins = new ArrayList<>();
    for (Slot slot : slots.values()) {
      if (slot.plugin() != null) {
        plugins.add(slot.plugin());
      }
    }
    return plugins;
  }

  /** Why zips in the folders are not in use, one sentence each. */
  public synchronized List<String> failures() {
    List<String> failures = new ArrayList<>();
    for (Slot slot : slots.values()) {
      if (slot.failure() != null) {
        failures.add(slot.failure());
      }
    }
    return failures;
  }

  private void refresh() {
    Map<Path, Stamp> present = new LinkedHashMap<>();
    for (Path folder : folders) {
      scan(folder, present);
    }
    Set<Path> gone = new HashSet<>(slots.keySet());
    gone.removeAll(present.keySet());
    for (Path zip : gone) {
      Slot slot = slots.remove(zip);
      if (slot != null && slot.plugin() != null) {
        log.info("plugin {} was removed", slot.plugin());
        slot.plugin().retire();
      }
    }
    for (Map.Entry<Path, Stamp> entry : present.entrySet()) {
      Slot slot = slots.get(entry.getKey());
      if (slot == null || !slot.stamp().equals(entry.getValue())) {
        slots.put(entry.getKey(), load(entry.getKey(), entry.getValue(), slot));
      }
    }
  }

  private Slot load(Path zip, Stamp stamp, @Nullable Slot before) {
    LoadedPlugin old = before == null ? null : before.plugin();
    try {
      Path directory =
          Files.createDirectory(scratch.resolve(++generation + "-" + zip.getFileName()));
      LoadedPlugin plugin = LoadedPlugin.load(zip, zip.toString(), directory);
      log.info("plugin {} loaded from {}", plugin, zip);
      if (old != null) {
        old.retire();
      }
      return new Slot(stamp, plugin, null);
    } catch (PluginException | IOException e) {
      String message = String.valueOf(e.getMessage());
      log.error(
          "{}{}", message, old == null ? "" : "; version " + old.version() + " stays in use", e);
      return new Slot(stamp, old, message);
    }
  }

  private static void scan(Path folder, Map<Path, Stamp> found) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<Path> zips = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.zip")) {
      files.forEach(zips::add);
      zips.sort(null);
      for (Path zip : zips) {
        BasicFileAttributes attributes = Files.readAttributes(zip, BasicFileAttributes.class);
        if (attributes.isRegularFile()) {
          Object key = attributes.fileKey();
          found.put(
              zip,
              new Stamp(
                  attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
                  attributes.size(),
                  key == null ? "" : key));
        }
      }
    } catch (IOException e) {
      log.error("plugins in {} cannot be listed", folder, e);
    }
  }

  @Override
  public synchronized void close() {
    for (Slot slot : slots.values()) {
      if (slot.plugin() != null) {
        slot.plugin().retire();
      }
    }
    slots.clear();
  }
}
