package dev.gatehouse.host.plugin;

import dev.gatehouse.frontend.Frontend;
import java.io.Closeable;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;

/**
 * A frontend out of jars and folders of classes, isolated as a plugin is, for a program that runs
 * it itself. The files must stay as they are until it is closed.
 */
public final class FrontendClasses implements Closeable {
  private final PluginClassLoader classes;
  private final Frontend frontend;

  private FrontendClasses(PluginClassLoader classes, Frontend frontend) {
    this.classes = classes;
    this.frontend = frontend;
  }

  /**
   * Loads a frontend.
   *
   * @param whose who is to blame in messages, such as the jar's name
   * @throws PluginException if these classes hold no frontend, or not just one
   */
  public static FrontendClasses load(String whose, List<Path> classPath)
      throws PluginException, IOException {
    URL[] urls = new URL[classPath.size()];
    for (int i = 0; i < urls.length; i++) {
      try {
        urls[i] = classPath.get(i).toUri().toURL();
      } catch (MalformedURLException e) {
        throw new AssertionError(e);
      }
    }
    PluginClassLoader classes =
        new PluginClassLoader(whose, urls, FrontendClasses.class.getClassLoader());
    boolean done = false;
    try {
      FrontendClasses loaded = new FrontendClasses(classes, classes.newFrontend(whose));
      done = true;
      return loaded;
    } finally {
      if (!done) {
        classes.close();
      }
    }
  }

  public Frontend frontend() {
    return frontend;
  }

  /** What the frontend's code runs with as context class loader. */
  public ClassLoader classLoader() {
    return classes;
  }

  @Override
  public void close() throws IOException {
    classes.close();
  }
}
