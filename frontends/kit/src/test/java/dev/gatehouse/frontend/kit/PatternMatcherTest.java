package dev.gatehouse.frontend.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatternMatcherTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "**|file|true",
        "**|dir/file|true",
        "**/|file|true",
        "**/**|dir/file|true",
        "dir/**|dir/file|true",
        "dir/**|dir/dir2/file|true",
        "dir/**|other/file|false",
        "**/dir|dir/file|true",
        "**/dir2/*|dir/dir2/file|true",
        "**/dir2/*|dir/dir2/dir2/file|true",
        "**file|dir/file|true",
        "**/file*txt|dir/dir/file.txt|true",
        "**/**/*.txt|dir/dir/file.txt|true",
        "**/*.txt|file.txt|true",
        "a**/*.txt|a/file.txt|true",
        "a**/*.txt|a/dir/file.txt|true",
        "a/*.txt|a/dir/file.txt|false",
        "a/*.txt|a/file.txt|true",
        "a[b-d]e|ae|false",
        "a[b-d]e|ace|true",
        "a[b-d]e|aae|false",
        "a[^b-d]e|aze|true",
        ".*|.foo|true",
        ".*|foo|false",
        "abc.def|abcdef|false",
        "abc?def|abcZdef|true",
        "a\\*b|a*b|true",
        "**/foo/bar|foo/bar|true",
        "**/foo/bar|dir/foo/bar|true",
        "abc/**|abc|false",
        "abc/**|abc/def/ghi|true",
        "node_modules|node_modules/a/b|true",
        "**blah|xblah|true",
      })
  void matchesAsBuildKitDoes(String pattern, String path, boolean matches) {
    assertThat(new PatternMatcher(List.of(pattern)).matches(path)).isEqualTo(matches);
  }

  @Test
  void theLastMatchDecides() {
    PatternMatcher matcher = new PatternMatcher(List.of("*", "!docs", "docs/secret"));
    assertThat(matcher.hasExceptions()).isTrue();
    assertThat(matcher.matches("src/a")).isTrue();
    assertThat(matcher.matches("docs/a")).isFalse();
    assertThat(matcher.matches("docs/secret")).isTrue();
  }

  @Test
  void patternsThatCannotBeReadAreRefused() {
    assertThatThrownBy(() -> new PatternMatcher(List.of("!")))
        .hasMessage("illegal exclusion pattern: \"!\"");
    assertThatThrownBy(() -> new PatternMatcher(List.of("[a")))
        .hasMessage("syntax error in pattern");
  }

  @Test
  void manyWildcardsTakeLittleTime() {
    String pattern = "**/a*".repeat(40) + "b";
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> assertThat(new PatternMatcher(List.of(pattern)).matches("a/".repeat(200))).isFalse());
  }

  @Test
  void ignoreFilesAreReadLineByLine() {
    assertThat(
            IgnoreFile.read(
                "\uFEFF# comment\n\n  /abs/ \n! /keep/me\r\n./a/../b\n!\n#x\n".getBytes()))
        .containsExactly("abs", "!keep/me", "b", "!");
  }
}
