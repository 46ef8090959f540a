package dev.gatehouse.solver.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DigestTest {
  @Test
  void readsWhatItWrites() {
    Digest digest = Digest.sha256("");
    assertThat(digest)
        .hasToString("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assertThat(Digest.parse(digest.toString())).isEqualTo(digest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "sha256", ":abc", "sha256:", "sha256:abc", "sha256:../../etc", "SHA256:ab"})
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> Digest.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("invalid digest");
  }

  @Test
  void rootKeysAreThoseOfBuildKit() {
    // sha256 of "<digest>@0", as BuildKit's cache manifests name records of sources.
    assertThat(CacheKeys.root(Digest.sha256(""), 0))
        .isEqualTo(Digest.sha256(Digest.sha256("") + "@0").toString());
    assertThat(CacheKeys.root(new Digest("random", "ab"), 0)).isEqualTo("random:ab");
  }
}
