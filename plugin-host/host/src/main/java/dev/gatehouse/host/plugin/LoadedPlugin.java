package dev.gatehouse.host.plugin;

import dev.gatehouse.frontend.Frontend;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.pf4j.DefaultPluginManager;
import org.pf4j.Plugin;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginDescriptorFinder;
import org.pf4j.PluginFactory;
import org.pf4j.PluginLoader;
import org.pf4j.PluginRuntimeException;
import org.pf4j.PluginState;
import org.pf4j.PluginWrapper;
import org.pf4j.PropertiesPluginDescriptorFinder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One version of one plugin, loaded. Builds {@link #acquire} it; once it is {@link #retire
 * retired}, its class loader closes and its files go when the last of them has released it.
 */
public final class LoadedPlugin {
  private static final Logger log = LoggerFactory.getLogger(LoadedPlugin.class);
  private static final String NAMES = "gatehouse.frontend.names";

  private final Path directory;
  private final Host host;
  private final String id;
  private final String version;
  private final List<String> names;
  private final PluginClassLoader classes;

  // guarded by this
  private int users;
  private boolean retired;
  private boolean closed;

  private LoadedPlugin(Path directory, Host host, PluginWrapper wrapper, List<String> names) {
    this.directory = directory;
    this.host = host;
    this.id = wrapper.getPluginId();
    this.version = wrapper.getDescriptor().getVersion();
    this.names = List.copyOf(names);
    this.classes = (PluginClassLoader) wrapper.getPluginClassLoader();
  }

  /**
   * Loads a plugin from its zip.
   *
   * @param name what the zip is called in messages
   * @param scratch an empty directory that becomes this plugin's
   * @throws PluginException if the zip is no usable plugin; the scratch directory is gone then
   */
  static LoadedPlugin load(Path zip, String name, Path scratch)
      throws PluginException, IOException {
    Host host = new Host(scratch);
    boolean done = false;
    try {
      PluginArchive.unpack(zip, name, scratch);
      List<String> names = names(name, scratch);
      String id = host.loadPlugin(scratch);
      PluginState state = host.startPlugin(id);
      PluginWrapper wrapper = host.getPlugin(id);
      if (state != PluginState.STARTED) {
        Throwable cause = wrapper.getFailedException();
        throw new PluginException(
            "plugin " + name + " does not start: " + (cause == null ? state : cause.getMessage()),
            cause == null ? new IllegalStateException(state.toString()) : cause);
      }
      LoadedPlugin plugin = new LoadedPlugin(scratch, host, wrapper, names);
      plugin.newFrontend();
      done = true;
      return plugin;
    } catch (PluginRuntimeException e) {
      throw new PluginException("plugin " + name + " cannot be loaded: " + e.getMessage(), e);
    } finally {
      if (!done) {
        host.unloadAll();
        delete(scratch);
      }
    }
  }

  public String id() {
    return id;
  }

  public String version() {
    return version;
  }

  /** The names of its frontend, such as {@code dockerfile.v0}. */
  public List<String> names() {
    return names;
  }

  /**
   * Keeps the plugin loaded until the lease is closed.
   *
   * @throws PluginException if it is on its way out
   */
  public synchronized Lease acquire() throws PluginException {
    if (retired) {
      throw new PluginException("plugin " + id + " " + version + " has been replaced");
    }
    users++;
    return new Lease();
  }

  /** Ends the plugin's life once nobody uses it. */
  public void retire() {
    synchronized (this) {
      retired = true;
      if (users > 0 || closed) {
        return;
      }
      closed = true;
    }
    unload();
  }

  private void release() {
    synchronized (this) {
      users--;
      if (!retired || users > 0 || closed) {
        return;
      }
      closed = true;
    }
    unload();
  }

  private void unload() {
    host.unloadAll();
    try {
      delete(directory);
    } catch (IOException e) {
      log.warn("files of plugin {} {} stay behind in {}", id, version, directory, e);
    }
    log.info("plugin {} {} is unloaded", id, version);
  }

  private Frontend newFrontend() throws PluginException {
    return classes.newFrontend("plugin " + id);
  }

  @Override
  public String toString() {
    return id + " " + version + " " + names;
  }

  /** One build's hold on a plugin. */
  public final class Lease implements Closeable {
    private boolean open = true;

    private Lease() {}

    /** A frontend of its own for the build. */
    public Frontend newFrontend() throws PluginException {
      return LoadedPlugin.this.newFrontend();
    }

    /** What the plugin's code runs with as context class loader. */
    public ClassLoader classLoader() {
      return classes;
    }

    @Override
    public void close() {
      synchronized (this) {
        if (!open) {
          return;
        }
        open = false;
      }
      release();
    }
  }

  private static List<String> names(String zip, Path directory)
      throws PluginException, IOException {
    Path descriptor = directory.resolve("plugin.properties");
    if (!Files.isRegularFile(descriptor)) {
      throw new PluginException("plugin " + zip + " has no plugin.properties");
    }
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(descriptor)) {
      properties.load(in);
    }
    for (String key : List.of("plugin.id", "plugin.version", NAMES)) {
      if (properties.getProperty(key, "").isBlank()) {
        throw new PluginException("plugin.properties of plugin " + zip + " lacks " + key);
      }
    }
    List<String> names =
        Arrays.stream(properties.getProperty(NAMES).split("[,\\s]+"))
            .filter(n -> !n.isEmpty())
            .toList();
    for (String name : names) {
      if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
        throw new PluginException(
            "plugin " + zip + " gives its frontend the unusable name \"" + name + '"');
      }
    }
    return names;
  }

  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  /** PF4J for a single plugin: two versions of one plugin can then be loaded at once. */
  private static final class Host extends DefaultPluginManager {
    Host(Path root) {
      super(root.toAbsolutePath().getParent());
    }

    @Override
    protected PluginDescriptorFinder createPluginDescriptorFinder() {
      return new PropertiesPluginDescriptorFinder();
    }

    @Override
    protected PluginLoader createPluginLoader() {
      return new PluginLoader() {
        @Override
        public boolean isApplicable(Path path) {
          return Files.isDirectory(path);
        }

        @Override
        public ClassLoader loadPlugin(Path path, PluginDescriptor descriptor) {
          return new PluginClassLoader(
              descriptor.getPluginId(), classPath(path), LoadedPlugin.class.getClassLoader());
        }
      };
    }

    /** Plugins bring a frontend, no lifecycle code: they do not see PF4J. */
    @Override
    protected PluginFactory createPluginFactory() {
      return wrapper -> new Plugin() {};
    }

    /** One by one over a copy: PF4J's own loop trips over its list. */
    void unloadAll() {
      List<PluginWrapper> all = new ArrayList<>(getPlugins());
      Collections.reverse(all);
      for (PluginWrapper plugin : all) {
        try {
          unloadPlugin(plugin.getPluginId());
        } catch (RuntimeException | LinkageError e) {
          log.warn("plugin {} does not stop properly", plugin.getPluginId(), e);
        }
      }
    }

    private static URL[] classPath(Path directory) {
      List<URL> urls = new ArrayList<>();
      try {
        urls.add(directory.resolve("classes").toUri().toURL());
        Path lib = directory.resolve("lib");
        if (Files.isDirectory(lib)) {
          List<Path> jars = new ArrayList<>();
          try (DirectoryStream<Path> files = Files.newDirectoryStream(lib, "*.jar")) {
            files.forEach(jars::add);
          }
          Collections.sort(jars);
          for (Path jar : jars) {
            urls.add(jar.toUri().toURL());
          }
        }
      } catch (MalformedURLException e) {
        throw new AssertionError(e);
      } catch (IOException e) {
        throw new PluginRuntimeException(e, "lib cannot be read");
      }
      return urls.toArray(new URL[0]);
    }
  }
}
