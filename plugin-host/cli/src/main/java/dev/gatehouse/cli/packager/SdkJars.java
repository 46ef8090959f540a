package dev.gatehouse.cli.packager;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.llb.State;
import dev.gatehouse.protocol.pb.Definition;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/**
 * The jars that a frontend image needs besides the frontend's own: the SDK, whose transport needs
 * no library, taken from where this program runs. In the daemon they are the host's, so no plugin
 * carries them.
 */
final class SdkJars {
  /** A class of each jar; gRPC's are left out, which only the SDK's servers and clients use. */
  private static final List<Class<?>> OWN =
      List.of(Frontend.class, State.class, Definition.class, NullMarked.class);

  private static final List<String> LIBRARIES =
      List.of("com.google.protobuf.Message", "com.google.rpc.Status");

  private SdkJars() {}

  /**
   * Finds them.
   *
   * @throws PackagingException if this program runs without one of them
   */
  static List<Path> find() throws PackagingException {
    Set<Path> jars = new LinkedHashSet<>();
    for (Class<?> type : OWN) {
      jars.add(jar(type));
    }
    for (String name : LIBRARIES) {
      try {
        jars.add(jar(Class.forName(name, false, SdkJars.class.getClassLoader())));
      } catch (ClassNotFoundException e) {
        throw new PackagingException("this installation lacks the class " + name, e);
      }
    }
    return new ArrayList<>(jars);
  }

  private static Path jar(Class<?> type) throws PackagingException {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    try {
      if (source != null && source.getLocation() != null) {
        Path path = Path.of(source.getLocation().toURI());
        if (Files.isRegularFile(path)) {
          return path.toRealPath();
        }
      }
    } catch (URISyntaxException | IOException e) {
      throw new PackagingException("cannot find the jar of " + type.getName(), e);
    }
    throw new PackagingException(
        type.getName() + " does not come from a jar: package from an installed Gatehouse");
  }
}
