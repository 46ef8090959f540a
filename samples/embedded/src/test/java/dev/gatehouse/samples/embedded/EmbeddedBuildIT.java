package dev.gatehouse.samples.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the sample says of itself. */
@Timeout(120)
class EmbeddedBuildIT {
  private static final String READ = "read the site";
  private static final String COPY = "copy the site";
  private static final String NOTE = "note the release";
  private static final String EXPORT = "exporting to client directory";

  @TempDir Path dir;

  @Test
  void aFolderIsPublishedAndOnlyWhatChangedIsBuiltAgain() throws Exception {
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "the solver needs root");
    Path folder = Files.createDirectories(dir.resolve("folder"));
    Files.writeString(Files.createDirectories(folder.resolve("en")).resolve("index.html"), "hello");
    Path out = dir.resolve("out");

    try (EmbeddedBuild build = EmbeddedBuild.open(dir.resolve("state"))) {
      assertThat(build.publish(folder, "1", out))
          .containsExactlyInAnyOrder(READ, COPY, NOTE, EXPORT);
      assertThat(out.resolve("site/en/index.html")).hasContent("hello");
      assertThat(out.resolve("RELEASE")).hasContent("1");
      assertThat(build.publish(folder, "2", out)).containsExactlyInAnyOrder(READ, NOTE, EXPORT);
    }

    try (EmbeddedBuild build = EmbeddedBuild.open(dir.resolve("state"))) {
      assertThat(build.publish(folder, "2", out)).containsExactlyInAnyOrder(READ, EXPORT);
      Files.writeString(folder.resolve("en/index.html"), "good day");
      assertThat(build.publish(folder, "2", out))
          .containsExactlyInAnyOrder(READ, COPY, NOTE, EXPORT);
      assertThat(out.resolve("site/en/index.html")).hasContent("good day");
      assertThat(out.resolve("RELEASE")).hasContent("2");
    }
  }
}
