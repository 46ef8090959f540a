package dev.gatehouse.host.plugin;

import dev.gatehouse.frontend.Frontend;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.security.CodeSource;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Sees the JDK, the SDK ({@code dev.gatehouse.frontend}, {@code dev.gatehouse.llb}) and the
 * plugin's own classes and libraries: nothing else of the host. A copy of the SDK inside of a
 * plugin is ignored, of everything else the plugin's own wins.
 */
final class PluginClassLoader extends URLClassLoader {
  static {
    registerAsParallelCapable();
  }

  private final ClassLoader host;

  PluginClassLoader(String name, URL[] own, ClassLoader host) {
    super(name, own, ClassLoader.getPlatformClassLoader());
    this.host = host;
  }

  private static boolean isShared(String className) {
    int dot = className.lastIndexOf('.');
    String packageName = dot < 0 ? "" : className.substring(0, dot);
    return packageName.equals("dev.gatehouse.frontend")
        || packageName.equals("dev.gatehouse.llb")
        || packageName.startsWith("dev.gatehouse.llb.")
        || packageName.equals("org.jspecify.annotations")
        || className.equals(ExitGuard.class.getName());
  }

  /**
   * The one frontend of these classes.
   *
   * @param whose who is to blame in messages, such as {@code plugin words}
   * @throws PluginException if it cannot be made, or is not the only one
   */
  Frontend newFrontend(String whose) throws PluginException {
    try {
      List<Frontend> found = new ArrayList<>();
      ServiceLoader.load(Frontend.class, this).forEach(found::add);
      if (found.size() != 1) {
        throw new PluginException(
            whose
                + " must name exactly one class in META-INF/services/"
                + Frontend.class.getName()
                + ", it names "
                + found.size());
      }
      return found.get(0);
    } catch (ServiceConfigurationError | LinkageError e) {
      throw new PluginException(
          "the frontend of " + whose + " cannot be made: " + e.getMessage(), e);
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (isShared(name)) {
      return host.loadClass(name);
    }
    return super.loadClass(name, resolve);
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    String path = name.replace('.', '/') + ".class";
    URL url = findResource(path);
    if (url == null) {
      throw new ClassNotFoundException(name + " in plugin " + getName());
    }
    byte[] bytes;
    try (InputStream in = url.openStream()) {
      bytes = in.readAllBytes();
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
    byte[] rewritten = ExitRewriter.rewrite(bytes);
    return defineClass(
        name, rewritten, 0, rewritten.length, new CodeSource(url, (Certificate[]) null));
  }

  @Override
  public @Nullable URL getResource(String name) {
    URL own = findResource(name);
    return own != null ? own : super.getResource(name);
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    List<URL> all = new ArrayList<>(Collections.list(findResources(name)));
    return Collections.enumeration(all);
  }
}
