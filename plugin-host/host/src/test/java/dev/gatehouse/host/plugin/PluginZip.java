package dev.gatehouse.host.plugin;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Makes plugin zips from source text. */
public final class PluginZip {
  private final Map<String, byte[]> entries = new LinkedHashMap<>();

  /** A plugin with a frontend class {@code P} whose build method has this body. */
  public static PluginZip frontend(String id, String version, String name, String body)
      throws IOException {
    return source(
        id,
        version,
        name,
        """
        package p;
        import dev.gatehouse.frontend.*;
        public class P implements Frontend {
          public Result build(GatewayClient gateway) throws FrontendException, InterruptedException {
            %s
          }
        }
        """
            .formatted(body));
  }

  /** A plugin whose frontend is the class {@code p.P} of this source. */
  public static PluginZip source(String id, String version, String name, String source)
      throws IOException {
    return new PluginZip()
        .entry(
            "plugin.properties",
            "plugin.id="
                + id
                + "\nplugin.version="
                + version
                + "\ngatehouse.frontend.names="
                + name
                + "\n")
        .entry("classes/META-INF/services/dev.gatehouse.frontend.Frontend", "p.P\n")
        .compile("p.P", source);
  }

  public PluginZip entry(String name, String content) {
    entries.put(name, content.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  private PluginZip compile(String className, String source) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    Path out = Files.createTempDirectory("plugin");
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///" + className.replace('.', '/') + ".java"),
            JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    StringWriter messages = new StringWriter();
    boolean ok =
        compiler
            .getTask(
                messages,
                null,
                null,
                List.of(
                    "-d",
                    out.toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    "-proc:none"),
                null,
                List.of(file))
            .call();
    if (!ok) {
      throw new AssertionError(messages.toString());
    }
    try (Stream<Path> files = Files.walk(out)) {
      for (Path path : files.filter(Files::isRegularFile).toList()) {
        entries.put("classes/" + out.relativize(path), Files.readAllBytes(path));
      }
    }
    LoadedPlugin.delete(out);
    return this;
  }

  /** Writes the zip beside its place and moves it there, as an installer would. */
  public Path write(Path zip) throws IOException {
    Path temporary = zip.resolveSibling(zip.getFileName() + ".part");
    try (OutputStream file = Files.newOutputStream(temporary);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        out.putNextEntry(new ZipEntry(entry.getKey()));
        out.write(entry.getValue());
        out.closeEntry();
      }
    }
    return Files.move(
        temporary, zip, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
