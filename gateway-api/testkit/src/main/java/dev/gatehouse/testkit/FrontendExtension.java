package dev.gatehouse.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands a test a {@link Workspace}: a folder of its own and gateways over it. The methods before
 * and after a test get the same one.
 *
 * <pre>{@code
 * @ExtendWith(FrontendExtension.class)
 * class WordsFrontendTest {
 *   @Test
 *   void unknownWord(Workspace workspace) throws Exception {
 *     workspace.file("Wordfile", "helo\n");
 *     workspace.convert(new WordsFrontend()).failsWith("unknown word helo").failsAtLine(1);
 *   }
 * }
 * }</pre>
 */
public final class FrontendExtension implements ParameterResolver {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(FrontendExtension.class);

  private record Folder(Workspace workspace) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      try (Stream<Path> all = Files.walk(workspace.folder())) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Workspace.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    ExtensionContext.Store store = context.getStore(NAMESPACE);
    Folder folder = store.get(parameter.getIndex(), Folder.class);
    if (folder == null) {
      folder = new Folder(newFolder());
      store.put(parameter.getIndex(), folder);
    }
    return folder.workspace();
  }

  private static Workspace newFolder() {
    try {
      return new Workspace(Files.createTempDirectory("gatehouse-test"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
