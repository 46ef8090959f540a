package dev.gatehouse.frontend.dockerfile.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.dockerfile.parse.word.Word;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordExpanderTest {
  private static final Environment ENVIRONMENT =
      Environment.of(
          java.util.List.of(
              "A=xxyy",
              "EMPTY=",
              "STARS=a***yy*",
              "PATH=/usr/local/bin",
              "URL=http://host/a b",
              "GLOB=*/",
              "X=x"));

  private final WordExpander expander = new WordExpander('\\');

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "$A-${A}|xxyy-xxyy",
        "$NONE.|.",
        "$|$",
        "a$ b|a$ b",
        "\\$A|$A",
        "'$A'|$A",
        "\"$A\"|xxyy",
        "\"\\$A \\\" \\\\ \\n\"|$A \" \\ \\n",
        "${A:-b}${EMPTY:-c}${EMPTY-d}${NONE-e}|xxyyce",
        "${A:+b}${EMPTY:+c}${EMPTY+d}${NONE+e}|bd",
        "${A:?}${EMPTY?}|xxyy",
        "${NONE:-${A:+$X}}|x",
        "${NONE:-\"}\"}|}",
        "${NONE:-\\}}|}",
        "${A#x}${A##*x}|xyyyy",
        "${A%y}${A%%y*}|xxyxx",
        "${A#$X}|xyy",
        "${A#*}${A##*}|xxyy",
        "${STARS%%\\**\\*}|a",
        "${STARS#a\\*}|**yy*",
        "${PATH/local/x}|/usr/x/bin",
        "${PATH//\\//:}|:usr:local:bin",
        "${PATH/$GLOB/.}|.bin",
        "${A//x/<$0>}|<><>yy",
        "${A/?/-}${A//?/-}|-xyy----",
        "${A///}|xxyy",
        "${NONE///}|~~",
        "$1a|a",
        "${A}b$A_|xxyyb",
        "<<EOF|<<EOF",
      })
  void expands(String word, String expected) throws Exception {
    assertThat(expander.expand(word, ENVIRONMENT).result()).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "${|syntax error: missing '}'",
        "${}|syntax error: bad substitution",
        "${{A}}|syntax error: bad substitution",
        "${:A}|syntax error: bad substitution",
        "${A|unsupported modifier (\uFFFD) in substitution",
        "${A=b}|unsupported modifier (=) in substitution",
        "${A:=b}|unsupported modifier (:=) in substitution",
        "${A:#b}|unsupported modifier (:#) in substitution",
        "${A:-b|syntax error: missing '}'",
        "${A:-${B:?c}|syntax error: missing '}'",
        "${A:-${NONE:?c} d}|NONE: c",
        "${A/b}|syntax error: missing '/' in ${}",
        "${A/b/c|syntax error: missing '}'",
        "${NONE?}|NONE: is not allowed to be unset",
        "${EMPTY:?}|EMPTY: is not allowed to be empty",
        "${NONE:?wanted $X}|NONE: wanted x",
        "${A#\\x}|invalid pattern (\\x) in substitution: invalid escape '\\x'",
        "'a|unexpected end of statement while looking for matching single-quote",
        "\"a|unexpected end of statement while looking for matching double-quote",
      })
  void explains(String word, String reason) {
    assertThatThrownBy(() -> expander.expand(word, ENVIRONMENT))
        .isInstanceOf(ExpansionException.class)
        .hasMessageStartingWith("failed to process ")
        .hasMessageEndingWith(": " + reason);
  }

  @Test
  void tellsWhichVariablesWereUsed() throws Exception {
    Expansion expansion = expander.expand("$X ${NONE:-$A} ${EMPTY}", ENVIRONMENT);
    assertThat(expansion.matched()).containsExactly("X", "A", "EMPTY");
    assertThat(expansion.unmatched()).containsExactly("NONE");
    assertThatThrownBy(() -> expander.expand("$X $U ${NONE?}", ENVIRONMENT))
        .isInstanceOfSatisfying(
            ExpansionException.class,
            e -> assertThat(e.partial().unmatched()).containsExactly("U", "NONE"));
  }

  @Test
  void keepsWhatItIsToldToKeep() throws Exception {
    String word = "\"$A\" '$NONE' $NONE ${NONE:-a} \\b";
    assertThat(expander.withRawQuotes(true).expand(word, ENVIRONMENT).result())
        .isEqualTo("\"xxyy\" '$NONE'  a b");
    assertThat(expander.withSkipUnset(true).expand(word, ENVIRONMENT).result())
        .isEqualTo("xxyy $NONE $NONE ${NONE:-a} b");
    assertThat(expander.withRawEscapes(true).expand(word, ENVIRONMENT).result())
        .isEqualTo("xxyy $NONE  a \\b");
    assertThat(expander.withSkipQuotes(true).expand(word, ENVIRONMENT).result())
        .isEqualTo("\"xxyy\" ''  a b");
  }

  @Test
  void escapesWithTheBacktickWhereAFileSaysSo() throws Exception {
    assertThat(new WordExpander('`').expand("`$A c:\\dir\\$A", ENVIRONMENT).result())
        .isEqualTo("$A c:\\dir\\xxyy");
  }

  @Test
  void splitsAtBlanksThatAreNotQuoted() throws Exception {
    assertThat(expander.expand(" a 'b c' $URL\u3000d\\ e ", ENVIRONMENT).words())
        .containsExactly("a", "b c", "http://host/a", "b", "d e");
  }

  @Test
  void losesWhatStandsBeforeAModifierInTheListAsTheReferenceDoes() throws Exception {
    Expansion expansion = expander.expand("80${NONE:-81} 8${A}", ENVIRONMENT);
    assertThat(expansion.result()).isEqualTo("8081 8xxyy");
    assertThat(expansion.words()).containsExactly("81", "8xxyy");
  }

  @Test
  void refusesToNestWithoutEnd() throws Exception {
    String deep = "${N:-".repeat(Word.MAX_DEPTH) + "x" + "}".repeat(Word.MAX_DEPTH);
    assertThat(expander.expand(deep, ENVIRONMENT).result()).isEqualTo("x");
    assertThatThrownBy(() -> expander.expand("${N:-" + deep + "}", ENVIRONMENT))
        .hasMessageContaining("nested more than " + Word.MAX_DEPTH + " deep");
  }
}
