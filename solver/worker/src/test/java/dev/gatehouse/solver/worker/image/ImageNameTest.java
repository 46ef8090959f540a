package dev.gatehouse.solver.worker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.Platform;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageNameTest {
  private static final String HEX = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @CsvSource({
    "alpine, docker.io/library/alpine:latest",
    "alpine:3.20, docker.io/library/alpine:3.20",
    "user/app, docker.io/user/app:latest",
    "index.docker.io/library/alpine, docker.io/library/alpine:latest",
    "localhost/a, localhost/a:latest",
    "localhost:5000/a/b:1, localhost:5000/a/b:1",
    "reg.example.com/a__b/c-d.e:V1, reg.example.com/a__b/c-d.e:V1",
    "[::1]:5000/x, [::1]:5000/x:latest",
  })
  void normalises(String reference, String full) {
    assertThat(ImageName.parse(reference).toString()).isEqualTo(full);
  }

  @Test
  void keepsDigests() {
    assertThat(ImageName.parse("alpine@sha256:" + HEX).toString())
        .isEqualTo("docker.io/library/alpine@sha256:" + HEX);
    assertThat(ImageName.parse("alpine:3@sha256:" + HEX).object()).isEqualTo("sha256:" + HEX);
    assertThat(ImageName.parse("a.b/c:3").repository()).isEqualTo("a.b/c");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Alpine",
        "a b",
        "a/../b",
        "a:",
        "a:b:c",
        "a@sha256:12",
        "-a",
        "a//b",
        "a/",
        "http://a/b"
      })
  void refuses(String reference) {
    assertThatThrownBy(() -> ImageName.parse(reference))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesWhatIsAnId() {
    assertThatThrownBy(() -> ImageName.parse(HEX)).hasMessageContaining("64-byte hexadecimal");
  }

  private static Descriptor manifest(String platform, int n) {
    Descriptor d = new Descriptor(MediaTypes.OCI_MANIFEST, Digest.sha256("m" + n), 1);
    return platform.isEmpty() ? d : d.withPlatform(Platform.parse(platform));
  }

  @ParameterizedTest
  @CsvSource({
    "linux/amd64, 0",
    "linux/arm64, 3",
    "linux/arm/v7, 2",
    "linux/arm/v6, 1",
    "linux/arm/v8, 2",
    "linux/386, 4",
    "linux/s390x, 6",
  })
  void choosesTheBestPlatform(String wanted, int index) {
    List<Descriptor> all =
        List.of(
            manifest("linux/amd64", 0),
            manifest("linux/arm/v6", 1),
            manifest("linux/arm/v7", 2),
            manifest("linux/arm64", 3),
            manifest("linux/386", 4),
            manifest("windows/amd64", 5),
            manifest("", 6));
    assertThat(PlatformMatcher.of(Platform.parse(wanted)).best(all)).contains(all.get(index));
  }

  @Test
  void takesWhatRunsOnAPlatform() {
    PlatformMatcher amd64v3 = PlatformMatcher.of(Platform.parse("linux/amd64/v3"));
    assertThat(amd64v3.matches(Platform.parse("linux/amd64/v2"))).isTrue();
    assertThat(amd64v3.matches(Platform.parse("linux/amd64"))).isTrue();
    assertThat(amd64v3.matches(Platform.parse("linux/386"))).isTrue();
    assertThat(
            PlatformMatcher.of(Platform.parse("linux/amd64"))
                .matches(Platform.parse("linux/amd64/v2")))
        .isFalse();
    assertThat(
            PlatformMatcher.of(Platform.parse("linux/arm64"))
                .matches(Platform.parse("linux/arm/v7")))
        .isTrue();
    assertThat(
            PlatformMatcher.of(Platform.parse("linux/arm/v6"))
                .matches(Platform.parse("linux/arm/v7")))
        .isFalse();
  }
}
