package dev.gatehouse.solver.worker.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.llb.oci.Platform;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackageUrlsTest {
  @ParameterizedTest
  @CsvSource({
    "alpine:3, pkg:docker/alpine@3?platform=linux%2Famd64",
    "localhost:5000/a/b, pkg:docker/localhost%3A5000/a/b@latest?platform=linux%2Famd64",
  })
  void imagesHaveTheNamesThatBuildKitGivesThem(String image, String url) {
    assertThat(PackageUrls.image("docker", image, Optional.of(Platform.LINUX_AMD64)))
        .isEqualTo(url);
  }
}
