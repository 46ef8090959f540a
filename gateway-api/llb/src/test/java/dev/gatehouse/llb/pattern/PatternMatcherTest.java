package dev.gatehouse.llb.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatternMatcherTest {
  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource({
    "**, file, true",
    "**, file/, true",
    "**/, file, true",
    "**/, dir/file, true",
    "**/**, dir/file, true",
    "dir/**, dir/file, true",
    "dir/**, dir/dir2/file, true",
    "dir/**, directory/file, false",
    "**/dir, dir, true",
    "**/dir, dir/file, true",
    "**/dir2/*, dir/dir2/file, true",
    "**/dir2/**, dir/dir2/dir2/file, true",
    "**file, file, true",
    "**file, dir/file, true",
    "**/file, dir/file, true",
    "**/file*, dir/dir/file.txt, true",
    "**/**/*.txt, dir/file.txt, true",
    "**/*.txt, file.png, false",
    "a**/*.txt, a/file.txt, true",
    "a**/*.txt, a/dir/file.txt, true",
    "a/*.txt, a/dir/file.txt, false",
    "a/*.txt, a/file.txt, true",
    "a.txt, aatxt, false",
    "a[b-d]e, ace, true",
    "a[b-d]e, aae, false",
    "a[^b]c, abc, false",
    "a[^b]c, adc, true",
    "a\\*b, a*b, true",
    "a\\*b, axb, false",
    "abc/def, abc/def/ghi, true",
    "*, a/b, true",
    "?, a, true",
    "?, ab, false",
    ".*, .foo, true",
    "a*c/d, a*b/c/d, false",
    "abc/**, abc, false",
    "**/foo/bar, foo/bar, true",
    "**blah, xblah, true",
    "abc?def, abcZdef, true",
    "abc.def, abcdef, false",
    "node_modules, node_modules/a/b, true",
  })
  void matches(String pattern, String path, boolean matched) {
    assertThat(new PatternMatcher(List.of(pattern)).matches(path)).isEqualTo(matched);
  }

  @Test
  void theLastPatternDecides() {
    PatternMatcher matcher = new PatternMatcher(List.of("docs", "!docs/README.md", "  "));
    assertThat(matcher.matches("docs/guide.md")).isTrue();
    assertThat(matcher.matches("docs/README.md")).isFalse();
    assertThat(matcher.matches("src")).isFalse();
    assertThat(new PatternMatcher(List.of("!docs/README.md", "docs")).matches("docs/README.md"))
        .isTrue();
  }

  @Test
  void aWalkRemembersFolders() {
    PatternMatcher matcher = new PatternMatcher(List.of("docs", "!docs/*.md"));
    PatternMatcher.Match folder = matcher.match("docs", null);
    assertThat(folder.matched()).isTrue();
    assertThat(matcher.match("docs/a.txt", folder).matched()).isTrue();
    assertThat(matcher.match("docs/a.md", folder).matched()).isFalse();
  }

  @Test
  void tellsWhereNothingCanMatch() {
    PatternMatcher matcher = new PatternMatcher(List.of("src/*/main", "lib/**/x"));
    assertThat(matcher.mayMatchBelow("src")).isTrue();
    assertThat(matcher.mayMatchBelow("src/a")).isTrue();
    assertThat(matcher.mayMatchBelow("src/a/test")).isFalse();
    assertThat(matcher.mayMatchBelow("lib/a/b/c")).isTrue();
    assertThat(matcher.mayMatchBelow("docs")).isFalse();
  }

  @Test
  void refusesPatternsThatCannotBeRead() {
    assertThatThrownBy(() -> new PatternMatcher(List.of("!")))
        .hasMessage("illegal exclusion pattern: \"!\"");
    assertThatThrownBy(() -> new PatternMatcher(List.of("[a"))).hasMessageContaining("[a");
    assertThatThrownBy(() -> new PatternMatcher(List.of("a\\"))).hasMessageContaining("syntax");
  }

  @Test
  void takesLinearTime() {
    String pattern = "*a".repeat(200) + "b";
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> assertThat(new PatternMatcher(List.of(pattern)).matches("a".repeat(5000))).isFalse());
  }
}
