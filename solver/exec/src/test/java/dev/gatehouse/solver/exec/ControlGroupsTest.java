package dev.gatehouse.solver.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlGroupsTest {
  @TempDir Path root;

  @Test
  void aGroupIsRemovedFromAllHierarchies() throws Exception {
    Path v2 = Files.createDirectories(root.resolve("parent/id/child"));
    Path v1 = Files.createDirectories(root.resolve("memory/parent/id"));
    Path other = Files.createDirectories(root.resolve("memory/parent/other"));
    Files.writeString(v1.resolve("cgroup.procs"), "12");
    ControlGroups.remove(root, "/parent/id");
    assertThat(v2.getParent()).doesNotExist();
    assertThat(v1).doesNotExist();
    assertThat(other).exists();
  }

  @Test
  void whatIsNoGroupOfOursStays() throws Exception {
    Path top = Files.createDirectories(root.resolve("memory"));
    Path kept = Files.createDirectories(root.resolve("memory/parent/id"));
    Files.writeString(kept.resolve("file"), "kept");
    ControlGroups.remove(root, "/");
    ControlGroups.remove(root, "/memory");
    ControlGroups.remove(root, "system.slice:gatehouse:id");
    ControlGroups.remove(root, "/parent/id");
    assertThat(top).exists();
    assertThat(kept.resolve("file")).hasContent("kept");
  }

  @Test
  void theGroupIsReadFromTheSpecification() throws Exception {
    assertThat(ControlGroups.ofBundle(root)).isEmpty();
    Files.writeString(root.resolve("config.json"), "{\"linux\":{\"cgroupsPath\":\"/a/b\"}}");
    assertThat(ControlGroups.ofBundle(root)).isEqualTo("/a/b");
    Files.writeString(root.resolve("config.json"), "{\"linux\":");
    assertThat(ControlGroups.ofBundle(root)).isEmpty();
  }
}
