package dev.gatehouse.host.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginFolderTest {
  @TempDir Path dir;

  private Path zips;
  private PluginFolder folder;

  @BeforeEach
  void open() throws IOException {
    zips = Files.createDirectory(dir.resolve("plugins"));
    folder = new PluginFolder(List.of(zips), dir.resolve("scratch"));
  }

  private static PluginZip answering(String version, String text) throws IOException {
    return PluginZip.frontend(
        "demo",
        version,
        "demo.v0",
        "return Result.builder().metadata(\"is\", \"" + text + "\").build();");
  }

  private static String run(LoadedPlugin.Lease lease) throws Exception {
    Result result = lease.newFrontend().build(null);
    return result.metadataText("is").orElseThrow();
  }

  @Test
  void aZipDroppedInIsUsedAndAReplacedOneFinishesItsBuilds() throws Exception {
    assertThat(folder.find("demo.v0")).isEmpty();

    answering("1.0.0", "first").write(zips.resolve("demo.zip"));
    LoadedPlugin first = folder.find("demo.v0").orElseThrow();
    LoadedPlugin.Lease running = first.acquire();
    answering("1.1.0", "second").write(zips.resolve("demo.zip"));
    LoadedPlugin second = folder.find("demo.v0").orElseThrow();

    assertThat(second.version()).isEqualTo("1.1.0");
    try (LoadedPlugin.Lease lease = second.acquire()) {
      assertThat(run(lease)).isEqualTo("second");
    }
    assertThat(run(running)).isEqualTo("first");
    assertThatThrownBy(first::acquire).hasMessage("plugin demo 1.0.0 has been replaced");
    assertThat(Files.list(dir.resolve("scratch"))).hasSize(2);
    running.close();
    assertThat(Files.list(dir.resolve("scratch"))).hasSize(1);

    Files.delete(zips.resolve("demo.zip"));
    assertThat(folder.find("demo.v0")).isEmpty();
    assertThat(Files.list(dir.resolve("scratch"))).isEmpty();
  }

  @Test
  void aBrokenUpdateLeavesTheOldVersionInPlace() throws Exception {
    answering("1.0.0", "first").write(zips.resolve("demo.zip"));
    folder.find("demo.v0").orElseThrow();

    Files.writeString(zips.resolve("demo.zip"), "half a download");

    assertThat(folder.find("demo.v0").orElseThrow().version()).isEqualTo("1.0.0");
    assertThat(folder.failures()).singleElement().asString().contains("is no readable zip");
  }

  @Test
  void aPluginSeesTheSdkAndNothingElseOfTheHost() throws Exception {
    PluginZip.frontend(
            "nosy",
            "1.0.0",
            "nosy",
            """
            for (String name : new String[] {
                "dev.gatehouse.host.plugin.PluginFolder",
                "dev.gatehouse.frontend.transport.RpcChannel",
                "org.pf4j.PluginManager",
                "org.slf4j.Logger",
                "com.google.protobuf.Message"}) {
              try {
                Class.forName(name);
                throw FrontendException.internal(name + " is visible");
              } catch (ClassNotFoundException e) {
                continue;
              }
            }
            if (getClass().getClassLoader().getResource("org/pf4j/PluginManager.class") != null) {
              throw FrontendException.internal("resources are visible");
            }
            return Result.empty();
            """)
        .write(zips.resolve("nosy.zip"));

    try (LoadedPlugin.Lease lease = folder.find("nosy").orElseThrow().acquire()) {
      assertThat(lease.newFrontend().build(null).metadata()).isEmpty();
    }
  }

  @Test
  void aPluginCannotEndTheJvm() throws Exception {
    for (String call :
        List.of("System.exit(3)", "Runtime.getRuntime().halt(3)", "Runtime.getRuntime().exit(3)")) {
      PluginZip.frontend("quitter", "1.0.0", "quitter", call + "; return Result.empty();")
          .write(zips.resolve("quitter.zip"));

      try (LoadedPlugin.Lease lease = folder.find("quitter").orElseThrow().acquire()) {
        Frontend frontend = lease.newFrontend();
        assertThatThrownBy(() -> frontend.build(null))
            .isInstanceOf(SecurityException.class)
            .hasMessage("the frontend tried to end the daemon with exit status 3");
      }
    }
  }

  @Test
  void whatIsNoPluginIsRefusedInOneSentence() throws Exception {
    refused(new PluginZip().entry("a.txt", "x"), "has no plugin.properties");
    refused(
        new PluginZip().entry("plugin.properties", "plugin.id=a\nplugin.version=1.0.0\n"),
        "lacks gatehouse.frontend.names");
    refused(
        new PluginZip()
            .entry(
                "plugin.properties",
                "plugin.id=a\nplugin.version=1.0.0\ngatehouse.frontend.names=a\n"),
        "must name exactly one class in META-INF/services/dev.gatehouse.frontend.Frontend, it names"
            + " 0");
    refused(new PluginZip().entry("../evil", "x"), "holds the unsafe path \"../evil\"");
    refused(new PluginZip().entry("/etc/evil", "x"), "holds the unsafe path \"/etc/evil\"");
    assertThat(dir.resolve("evil")).doesNotExist();
    assertThat(Files.list(dir.resolve("scratch"))).isEmpty();
  }

  private void refused(PluginZip zip, String message) throws IOException {
    zip.write(zips.resolve("bad.zip"));
    assertThat(folder.find("a")).isEmpty();
    assertThat(folder.failures()).singleElement().asString().contains(message);
  }

  @Test
  void frontendExceptionsAreTheHostsOwn() throws Exception {
    PluginZip.frontend("f", "1.0.0", "f", "throw FrontendException.user(\"wrong\");")
        .write(zips.resolve("f.zip"));

    try (LoadedPlugin.Lease lease = folder.find("f").orElseThrow().acquire()) {
      Frontend frontend = lease.newFrontend();
      assertThatThrownBy(() -> frontend.build(null))
          .isInstanceOf(FrontendException.class)
          .hasMessage("wrong");
    }
  }
}
