package dev.gatehouse.frontend.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GitReferenceTest {
  @Test
  void fragmentsAndQueriesNameTheSame() {
    GitReference fragment =
        GitReference.parse("https://github.com/foo/bar.git#baz/qux:quux/../quuz").orElseThrow();
    assertThat(fragment.remote()).isEqualTo("https://github.com/foo/bar.git");
    assertThat(fragment.ref()).isEqualTo("baz/qux");
    assertThat(fragment.directory()).isEqualTo("quuz");
    GitReference query =
        GitReference.parse(
                "https://github.com/foo/bar.git?branch=main&subdir=a&submodules=0&keep-git-dir")
            .orElseThrow();
    assertThat(query.ref()).isEqualTo("refs/heads/main");
    assertThat(query.directory()).isEqualTo("a");
    assertThat(query.submodules()).isFalse();
    assertThat(query.keepGitDirectory()).isTrue();
    assertThat(query.remote()).isEqualTo("https://github.com/foo/bar.git");
  }

  @Test
  void addressesOfSshAreGit() {
    GitReference scp = GitReference.parse("git@github.com:foo/bar.git#v1").orElseThrow();
    assertThat(scp.remote()).isEqualTo("git@github.com:foo/bar.git");
    assertThat(scp.ref()).isEqualTo("v1");
    assertThat(GitReference.parse("github.com/foo/bar").orElseThrow().likeLocalPath()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "./a.git",
        "a/b",
        "https://example.com/a.tar.gz",
        "",
        ".",
        "C:\\x",
        "ftp://a/b.git"
      })
  void otherTextsAreNoRepositories(String text) {
    assertThat(GitReference.parse(text)).isEmpty();
  }

  @Test
  void contradictionsAreRefused() {
    assertThatThrownBy(() -> GitReference.parse("https://h/a.git?ref=x#y"))
        .hasMessage("ref conflicts: \"y\" vs \"x\"");
    assertThatThrownBy(() -> GitReference.parse("https://h/a.git?tag=a&branch=b"))
        .hasMessage("branch conflicts with tag");
    assertThatThrownBy(() -> GitReference.parse("https://h/a.git?frob=1"))
        .hasMessage("unexpected query \"frob\"");
  }
}
