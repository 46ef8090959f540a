package dev.gatehouse.frontend.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.BuildOptions;
import dev.gatehouse.frontend.CacheImport;
import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.llb.State;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrontendOptionsTest {
  private static FrontendOptions read(String... options) throws FrontendException {
    Map<String, String> map = new java.util.LinkedHashMap<>();
    for (int i = 0; i < options.length; i += 2) {
      map.put(options[i], options[i + 1]);
    }
    return FrontendOptions.read(
        new BuildOptions(
            map,
            "s",
            "",
            List.of(),
            CapabilitySet.ofIds(List.of()),
            CapabilitySet.ofIds(List.of())));
  }

  @Test
  void optionsAreRead() throws FrontendException {
    FrontendOptions options =
        read(
            "build-arg:A", "1",
            "label:x.y", "z",
            "platform", "linux/amd64,arm64",
            "add-hosts", "Host=10.0.0.1,v6=2001:DB8:0:0:1::1",
            "ulimit", "nofile=1024:2048",
            "no-cache", "a,b",
            "cache-imports", "[{\"Type\":\"local\",\"Attrs\":{\"src\":\"x\"}}]",
            "cache-from", "r1,r2",
            "build-arg:BUILDKIT_SANDBOX_HOSTNAME", "box");
    assertThat(options.buildArguments()).containsEntry("A", "1");
    assertThat(options.labels()).containsEntry("x.y", "z");
    assertThat(options.targetPlatforms()).hasToString("[linux/amd64, linux/arm64]");
    assertThat(options.multiPlatform()).isTrue();
    assertThat(options.extraHosts())
        .containsExactly(
            new State.ExtraHost("host", "10.0.0.1"),
            new State.ExtraHost("v6", "2001:db8::1:0:0:1"));
    assertThat(options.ulimits()).containsExactly(new State.Ulimit("nofile", 1024, 2048));
    assertThat(options.isNoCache("B")).isTrue();
    assertThat(options.isNoCache("")).isFalse();
    assertThat(options.cacheImports())
        .containsExactly(
            new CacheImport("local", Map.of("src", "x")),
            new CacheImport("registry", Map.of("ref", "r1")),
            new CacheImport("registry", Map.of("ref", "r2")));
    assertThat(options.hostname()).isEqualTo("box");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "platform|linux/|failed to parse target platform linux/: \"\" is an invalid component of"
            + " \"linux/\"",
        "shm-size|x|failed to parse shm size: strconv.ParseInt: parsing \"x\": invalid syntax",
        "ulimit|foo=1|failed to parse ulimit: invalid ulimit type: foo",
        "ulimit|core=2:1|failed to parse ulimit: ulimit soft limit must be less than or equal to"
            + " hard limit: 2 > 1",
        "add-hosts|a|failed to parse additional hosts: invalid key-value pair a",
        "add-hosts|a=localhost|failed to parse additional hosts: failed to parse IP localhost",
        "image-resolve-mode|x|invalid image-resolve-mode: x",
        "force-network-mode|x|invalid netmode x",
        "memory|0|failed to parse resource limits: invalid memory value: 0: must be > 0",
        "cpusetcpus|3-1|failed to parse resource limits: invalid cpusetcpus value: 3-1: invalid"
            + " cpuset range \"3-1\"",
        "multi-platform|x|invalid boolean value for multi-platform: x",
      })
  void wrongOptionsSayWhatIsWrong(String name, String value, String message) {
    assertThatThrownBy(() -> read(name, value))
        .isInstanceOf(FrontendException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void nearNamesAreFound() {
    assertThat(NearNames.find("biuld", List.of("base", "build"), true)).hasValue("build");
    assertThat(NearNames.find("build", List.of("build"), true)).isEmpty();
    assertThat(NearNames.find("xyz", List.of("base"), true)).isEmpty();
  }
}
