package dev.gatehouse.frontend.dockerfile.instruction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileParser;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InstructionParserTest {
  private static final Instruction.Expander SAME = word -> word;

  @Test
  void putsInstructionsIntoStages() throws Exception {
    Dockerfile file =
        parse(
            """
            # V is a version
            ARG V=1
            # Build makes it
            # build makes it
            FROM --platform=$BUILDPLATFORM base:$V as Build
            RUN make
            FROM scratch
            COPY --from=build /a /b
            """);
    assertThat(file.globalArguments()).hasSize(1);
    assertThat(file.globalArguments().get(0).definitions())
        .containsExactly(new ArgDefinition("V", "1", "is a version"));
    Stage build = file.stages().get(0);
    assertThat(build.name()).isEqualTo("build");
    assertThat(build.baseName()).isEqualTo("base:$V");
    assertThat(build.platform()).isEqualTo("$BUILDPLATFORM");
    assertThat(build.description()).isEqualTo("makes it");
    assertThat(build.instructions()).hasSize(1);
    assertThat(file.stages().get(1).instructions().get(0))
        .isInstanceOfSatisfying(
            CopyInstruction.class, copy -> assertThat(copy.from()).isEqualTo("build"));
  }

  @Test
  void readsFlagsOfCopiesAndAdditions() throws Exception {
    CopyInstruction copy =
        one(
            "COPY --chown=a:b --chmod=0755 --link --parents --exclude=x --exclude=y s t/",
            CopyInstruction.class);
    assertThat(copy.chown()).isEqualTo("a:b");
    assertThat(copy.chmod()).isEqualTo("0755");
    assertThat(copy.link()).isTrue();
    assertThat(copy.parents()).isTrue();
    assertThat(copy.excludes()).containsExactly("x", "y");
    assertThat(copy.paths().sources()).containsExactly("s");
    assertThat(copy.paths().destination()).isEqualTo("t/");
    AddInstruction add =
        one(
            "ADD --checksum=sha256:0 --keep-git-dir=TRUE --unpack=false --link=false https://a /b",
            AddInstruction.class);
    assertThat(add.checksum()).isEqualTo("sha256:0");
    assertThat(add.keepGitDir()).isTrue();
    assertThat(add.unpack()).isFalse();
    assertThat(add.link()).isFalse();
    assertThat(one("ADD a b", AddInstruction.class).unpack()).isNull();
  }

  @Test
  void takesHeredocsOfCopiesForFiles() throws Exception {
    CopyInstruction copy =
        one("COPY <<-a.txt x <<'b' /d/\n\t$A\na.txt\n$A\nb\n", CopyInstruction.class);
    assertThat(copy.paths().sources()).containsExactly("x");
    assertThat(copy.paths().files())
        .containsExactly(new InlineFile("a.txt", "$A\n", true), new InlineFile("b", "$A\n", false));
    assertThat(copy.expandedRaw(word -> word.replace("$A", "1")).paths().files())
        .containsExactly(new InlineFile("a.txt", "1\n", true), new InlineFile("b", "$A\n", false));
  }

  @Test
  void readsMountsWhenVariablesAreKnown() throws Exception {
    RunInstruction run =
        one(
            "RUN --mount=type=$T,id=c,target=/x,sharing=locked,mode=0750,uid=1,gid=2"
                + " --mount=from=build,src=/a,dst=/b,rw --mount=type=tmpfs,target=/t,size=1.5g"
                + " --mount=type=secret,id=s,env=S,required --mount=type=ssh"
                + " --network=none --security=insecure --device=vendor.com/class=name,required a",
            RunInstruction.class);
    assertThat(run.mounts()).extracting(Mount::from).containsExactly("", "build", "", "", "");
    assertThat(run.network()).isEqualTo(NetworkMode.NONE);
    assertThat(run.security()).isEqualTo(SecurityMode.INSECURE);
    assertThat(run.devices()).containsExactly(new Device("vendor.com/class=name", true));
    assertThat(run.flagsUsed()).containsExactly("mount", "network", "security", "device");
    List<Mount> mounts = run.expanded(word -> word.replace("$T", "cache")).mounts();
    assertThat(mounts.get(0))
        .isEqualTo(
            new Mount(
                Mount.Type.CACHE,
                "",
                "",
                "/x",
                false,
                0,
                "c",
                Mount.Sharing.LOCKED,
                false,
                null,
                0750,
                1L,
                2L));
    assertThat(mounts.get(1).readOnly()).isFalse();
    assertThat(mounts.get(2).sizeLimit()).isEqualTo(1_610_612_736L);
    assertThat(mounts.get(3).env()).isEqualTo("S");
    assertThat(mounts.get(3).required()).isTrue();
    assertThat(mounts.get(4).readOnly()).isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "type=x|unsupported mount type \"x\"",
        "type=cash|unsupported mount type \"cash\" (did you mean cache?)",
        "type=cache,sharing=lock|unsupported sharing value \"lock\" (did you mean locked?)",
        "sharing=shared|invalid cache sharing set for bind mount",
        "volume=/x|unexpected key 'volume' in 'volume=/x'",
        "sourc=/x|unexpected key 'sourc' in 'sourc=/x' (did you mean source?)",
        "x|invalid field 'x' must be a key=value pair",
        "required|unexpected key 'required' for mount type 'bind'",
        "size=1|unexpected key 'size' for mount type 'bind'",
        "type=tmpfs,size=x|invalid value for size: x",
        "ro=maybe|invalid value for ro: maybe",
        "uid=1|uid not allowed for \"bind\" type mounts",
        "type=cache,mode=9|invalid value 9 for mode",
        "type=secret|invalid secret mount. one of source, target required",
        "type=secret,id=a,src=b|both source and id can't be set",
        "\"a|failed to parse csv mounts: parse error on line 1, column 2: extraneous or missing \""
            + " in quoted-field",
        "a\"b|failed to parse csv mounts: parse error on line 1, column 2: bare \" in"
            + " non-quoted-field",
      })
  void explainsWhatIsWrongWithAMount(String value, String message) {
    assertThatThrownBy(() -> MountParser.parseAll(List.of(value), SAME)).hasMessage(message);
  }

  @Test
  void mountsCannotComeFromAVariable() {
    assertThatThrownBy(() -> parse("FROM a\nRUN --mount=from=$A b"))
        .hasMessage(
            "dockerfile parse error on line 2: 'from' doesn't support variable expansion, define"
                + " alias stage instead");
  }

  @Test
  void readsHealthchecks() throws Exception {
    HealthcheckInstruction check =
        one(
            "HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=0 --start-interval=10ms"
                + " --retries=3 cmd a b",
            HealthcheckInstruction.class);
    assertThat(check.test()).containsExactly("CMD-SHELL", "a b");
    assertThat(check.interval()).isEqualTo(90_000_000_000L);
    assertThat(check.timeout()).isEqualTo(1_500_000_000L);
    assertThat(check.startPeriod()).isZero();
    assertThat(check.startInterval()).isEqualTo(10_000_000L);
    assertThat(check.retries()).isEqualTo(3);
    assertThat(one("HEALTHCHECK CMD [\"a\"]", HealthcheckInstruction.class).test())
        .containsExactly("CMD", "a");
    assertThat(one("HEALTHCHECK none", HealthcheckInstruction.class).test())
        .containsExactly("NONE");
  }

  @Test
  void keepsTheTextOfATrigger() throws Exception {
    assertThat(one("onbuild  RUN <<E\na\nE\n", OnbuildInstruction.class).expression())
        .isEqualTo("RUN <<E\na\nE");
  }

  @Test
  void sortsPorts() throws Exception {
    assertThat(one("EXPOSE 90 80/udp", ExposeInstruction.class).ports())
        .containsExactly("80/udp", "90");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "FRM a|unknown instruction: FRM (did you mean FROM?)",
        "cop a b|unknown instruction: cop (did you mean copy?)",
        "<#|unknown instruction: <#",
        "FROM|FROM requires either one or three arguments",
        "FROM a as 1b|invalid name for build stage: \"1b\", name can't start with a number or"
            + " contain symbols",
        "FROM --plat=x a|unknown flag: --plat",
        "FROM --platfrm=x a|unknown flag: --platfrm (did you mean platform?)",
        "COPY a|COPY requires at least two arguments, but only one was provided. Destination could"
            + " not be determined",
        "COPY --chmod a b|missing a value on flag: --chmod",
        "COPY --link=maybe a b|expecting boolean value for flag --link, not: maybe",
        "COPY --link= a b|missing a value on flag: --link",
        "COPY --from=a --from=b c d|duplicate flag specified: --from",
        "ENV|ENV requires at least one argument",
        "ENV =a|ENV names can not be blank",
        "ARG =a|ARG names can not be blank",
        "SHELL a b|SHELL requires the arguments to be in JSON form",
        "SHELL []|SHELL requires at least one argument",
        "WORKDIR|WORKDIR requires exactly one argument",
        "ONBUILD|ONBUILD requires at least one argument",
        "ONBUILD ONBUILD RUN a|Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed",
        "ONBUILD from a|FROM isn't allowed as an ONBUILD trigger",
        "HEALTHCHECK a|Unknown type \"A\" in HEALTHCHECK (try CMD)",
        "HEALTHCHECK CMD|Missing command after HEALTHCHECK CMD",
        "HEALTHCHECK NONE a|HEALTHCHECK NONE takes no arguments",
        "HEALTHCHECK --interval=1 CMD a|time: missing unit in duration \"1\"",
        "HEALTHCHECK --interval=50ns CMD a|Interval \"interval\" cannot be less than 1ms",
        "HEALTHCHECK --interval=x CMD a|time: invalid duration \"x\"",
        "HEALTHCHECK --retries=-1 CMD a|--retries cannot be negative (-1)",
        "HEALTHCHECK --retries=x CMD a|strconv.ParseInt: parsing \"x\": invalid syntax",
        "RUN --network=x a|invalid network mode \"x\"",
        "RUN --security=x a|security \"x\" is not valid",
        "VOLUME [\" \"]|VOLUME specified can not be an empty string",
        "MAINTAINER --boo a|unknown flag: --boo",
      })
  void explainsWhatIsWrong(String line, String message) {
    assertThatThrownBy(() -> parse("FROM a\n" + line))
        .isInstanceOfSatisfying(
            DockerfileException.class,
            e -> {
              assertThat(e).hasMessage("dockerfile parse error on line 2: " + message);
              assertThat(e.locations()).containsExactly(List.of(Range.line(2)));
            });
  }

  @Test
  void findsSeveralErrorsAndSaysWhatWasExpected() {
    assertThatThrownBy(() -> parse("RUN a\nFROM a b\nFOO c\nCOPY --frm=x d e\n"))
        .isInstanceOfSatisfying(
            DockerfileException.class,
            e -> {
              assertThat(e).hasMessage("no build stage in current context");
              assertThat(e.hint()).hasValue("FROM has to come before RUN");
              assertThat(e.others())
                  .extracting(Exception::getMessage)
                  .containsExactly(
                      "dockerfile parse error on line 2: FROM requires either one or three"
                          + " arguments",
                      "dockerfile parse error on line 3: unknown instruction: FOO (did you mean"
                          + " FROM?)",
                      "dockerfile parse error on line 4: unknown flag: --frm (did you mean from?)");
              assertThat(e.others().get(2).hint())
                  .hasValue(
                      "flags of this instruction are --chown, --from, --chmod, --link, --parents,"
                          + " --exclude");
            });
  }

  private static <T extends Instruction> T one(String line, Class<T> type) throws Exception {
    return type.cast(parse("FROM a\n" + line).stages().get(0).instructions().get(0));
  }

  private static Dockerfile parse(String text) throws DockerfileException {
    return new InstructionParser(Linter.NONE)
        .parse(DockerfileParser.standard().parse(text.getBytes(StandardCharsets.UTF_8)));
  }
}
