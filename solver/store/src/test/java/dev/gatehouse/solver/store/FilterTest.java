package dev.gatehouse.solver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What containerd's filters mean, operator by operator. */
class FilterTest {
  private static final Map<String, String> OBJECT =
      Map.of(
          "id", "abc-1",
          "labels.a.b", "x y",
          "labels.org.mobyproject", "oci",
          "inuse", "",
          "path", "/a,b",
          "odd name", "q\"t");

  private static boolean matches(String... expressions) {
    Predicate<Map<String, String>> filter =
        Filter.any(
            List.of(expressions),
            (object, path) -> Optional.ofNullable(object.get(String.join(".", path))));
    return filter.test(OBJECT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "``; true",
        "id; true",
        "ID; false",
        "inuse; true",
        "mutable; false",
        "id==abc-1; true",
        "id == abc-1; true",
        "id==abc; false",
        "id!=abc; true",
        "id!=abc-1; false",
        "mutable!=x; true",
        "id~=^abc; true",
        "id~=bc; true",
        "id~=^bc; false",
        "id~=/^a.c-[0-9]$/; true",
        "id~=|^a.c-[0-9]$|; true",
        "id~=\"^a\\\\wc\"; true",
        "path==\"/a,b\"; true",
        "path~=/a,b/; true",
        "path~=|/a,b|; true",
        "labels.a.b==\"x y\"; true",
        "labels.a.\"b\"==\"\\x78\\u0020\\171\"; true",
        "\"odd name\"==\"q\\\"t\"; true",
        "labels.org.mobyproject==oci,id~=abc; true",
        "labels.org.mobyproject==oci,id~=abd; false"
      })
  void selectors(String expression, boolean matches) {
    assertThat(matches(expression)).isEqualTo(matches);
  }

  @Test
  void oneOfSeveralExpressionsIsEnough() {
    assertThat(matches("id==x", "id==abc-1")).isTrue();
    assertThat(matches("id==x", "id==y")).isFalse();
    assertThat(matches()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "id=abc; filters: parse error: [id >|=|< abc]: unsupported operator \"=\": invalid argument",
        "id==; filters: parse error: [id==]: expected value or quoted: invalid argument",
        "id,; filters: parse error: [id,]: expected field or quoted: invalid argument",
        "id+foo; filters: parse error: [id >|+|< foo]: expected an operator (\"==\"|\"!=\"|\"~=\"): invalid argument",
        "id==a b; filters: parse error: [id==a >| |< b]: unexpected input:  : invalid argument",
        "id==\"a; filters: parse error: [id== >|\"|< a]: quoted literal not terminated: invalid argument",
        "id==/a/; filters: parse error: [id== >|/|< a/]: invalid quote encountered: invalid argument",
        "id==\"\\q\"; filters: parse error: [id== >|\"|< \\q\"]: illegal escape sequence: invalid argument"
      })
  void whatIsNoExpression(String expression, String message) {
    assertThatThrownBy(() -> matches(expression))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
