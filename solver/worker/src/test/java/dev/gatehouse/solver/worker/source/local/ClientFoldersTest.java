package dev.gatehouse.solver.worker.source.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.Session;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ClientFoldersTest {
  private final ClientFolders folders = new ClientFolders();
  private final AtomicReference<Map<String, List<String>>> asked = new AtomicReference<>();

  private static ImmutableReference tree(String id) {
    return (ImmutableReference)
        Proxy.newProxyInstance(
            ImmutableReference.class.getClassLoader(),
            new Class<?>[] {ImmutableReference.class},
            (proxy, method, arguments) -> id);
  }

  private Session session(MessageStream stream) {
    return new Session() {
      @Override
      public String id() {
        return "s";
      }

      @Override
      public boolean supports(String method) {
        return true;
      }

      @Override
      public byte[] call(String method, byte[] request) {
        throw new UnsupportedOperationException();
      }

      @Override
      public MessageStream open(String method, Map<String, List<String>> metadata)
          throws IOException {
        if (stream == null) {
          throw new IOException("gone");
        }
        asked.set(metadata);
        return stream;
      }
    };
  }

  @Test
  void asksForTheNamesOfOneDirectory() throws Exception {
    ScriptedSender sender =
        new ScriptedSender()
            .directory("a*b")
            .file("a*b/one", "1", 1)
            .directory("a*b/two")
            .file("a*b/two/deep", "1", 1)
            .announce();
    folders.remember("tree", "context", session(sender));
    assertThat(folders.names(tree("tree"), "/a*b")).containsExactly("one", "two");
    assertThat(asked.get())
        .containsEntry("dir-name", List.of("context"))
        .containsEntry("include-patterns", List.of("a\\*b/*"))
        .containsEntry("exclude-patterns", List.of("a\\*b/*/*"));
    assertThat(sender.requested).as("no content").isEmpty();
  }

  @Test
  void knowsNothingOfOthersAndOfClientsThatAreGone() throws Exception {
    assertThat(folders.names(tree("other"), "/")).isEmpty();
    folders.remember("tree", "context", session(null));
    assertThat(folders.names(tree("tree"), "/")).isEmpty();
    folders.remember("silent", "context", session(new ScriptedSender()));
    assertThat(folders.names(tree("silent"), "/")).as("after two seconds").isEmpty();
  }
}
