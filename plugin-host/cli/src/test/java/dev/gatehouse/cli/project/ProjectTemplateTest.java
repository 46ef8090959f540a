package dev.gatehouse.cli.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectTemplateTest {
  private static final Pattern PLUGIN =
      Pattern.compile("<artifactId>([a-z-]+-plugin)</artifactId>\\s*<version>([0-9.]+)</version>");

  @TempDir Path dir;

  @Test
  void everyPlaceIsFilledIn() throws Exception {
    Path project = dir.resolve("p");
    new ProjectTemplate("two-words", "com.example.two_words", Path.of("/opt/a & b")).write(project);

    try (Stream<Path> files = Files.walk(project)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file)).as(file.toString()).doesNotContainPattern("@[a-z]+@");
      }
    }
    assertThat(project.resolve("src/main/java/com/example/two_words/TwoWordsFrontend.java"))
        .content()
        .contains("package com.example.two_words;")
        .contains("public final class TwoWordsFrontend implements Frontend")
        .contains("readEntrypoint(\"TwoWordsfile\")");
    assertThat(project.resolve("pom.xml"))
        .content()
        .contains("<gatehouse.home>/opt/a &amp; b</gatehouse.home>");
    assertThatThrownBy(
            () -> new ProjectTemplate("two-words", "com.example", Path.of("/opt")).write(project))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessage(project + " is not empty");
  }

  @Test
  void namesAreChecked() {
    assertThat(ProjectTemplate.defaultPackage("my-words")).isEqualTo("org.example.mywords");
    assertThat(ProjectTemplate.defaultPackage("switch")).isEqualTo("org.example.switch_");
    for (String name : new String[] {"", "Words", "a b", "-a", "a--b", "../x", "9"}) {
      assertThatThrownBy(() -> new ProjectTemplate(name, "a.b", dir))
          .hasMessageContaining("cannot name a frontend");
    }
    for (String name : new String[] {"", "a..b", "a.class", "A", "a/b"}) {
      assertThatThrownBy(() -> new ProjectTemplate("words", name, dir))
          .hasMessageContaining("cannot be a package of Java");
    }
  }

  /** What this build has fetched is all that a new project needs. */
  @Test
  void newProjectsUseTheVersionsOfThisBuild() throws Exception {
    Path project = dir.resolve("p");
    new ProjectTemplate("words", "a.b", Path.of("/opt")).write(project);
    String own = Files.readString(Path.of("../../pom.xml"));

    int plugins = 0;
    for (Matcher m = PLUGIN.matcher(Files.readString(project.resolve("pom.xml"))); m.find(); ) {
      plugins++;
      assertThat(own)
          .containsPattern(
              "<artifactId>"
                  + m.group(1)
                  + "</artifactId>\\s*<version>"
                  + Pattern.quote(m.group(2))
                  + "</version>");
    }
    assertThat(plugins).isEqualTo(7);
  }
}
