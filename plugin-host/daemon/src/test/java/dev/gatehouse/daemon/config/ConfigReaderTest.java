package dev.gatehouse.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigReaderTest {
  private static final String WHOLE =
      """
      root = "/foo/bar"
      debug=true
      insecure-entitlements = ["security.insecure"]

      [grpc]
      address=["unix:///run/x.sock", "tcp://0.0.0.0:1234"]
      debugAddress="debug.sock"
      gid=1234
      [grpc.tls]
      cert="mycert.pem"
      key="mykey.pem"
      ca="ca.pem"

      [worker.oci]
      enabled=true
      snapshotter="overlay"
      platforms=["linux/amd64"]
      gc=false
      gckeepstorage=123456789
      max-parallelism=4
      networkMode="host"
      [worker.oci.labels]
      foo="bar"
      "aa.bb.cc"="baz"
      [[worker.oci.gcpolicy]]
      all=true
      filters=["foo==bar"]
      reservedSpace=20
      keepDuration=3600
      [[worker.oci.gcpolicy]]
      reservedSpace="40MB"
      keepDuration=7200
      [[worker.oci.gcpolicy]]
      reservedSpace="20%"
      keepDuration="24h"
      [[worker.oci.gcpolicy]]
      reservedSpace="10GB"
      maxUsedSpace="80%"
      minFreeSpace="10%"
      [worker.containerd]
      enabled=false
      namespace="non-default"

      [registry."docker.io"]
      mirrors=["hub.docker.io"]
      http=true
      insecure=true
      ca=["myca.pem"]
      tlsconfigdir=["/etc/buildkitd/myregistry"]
      [[registry."docker.io".keypair]]
      key="key.pem"
      cert="cert.pem"

      [dns]
      nameservers=["1.1.1.1","8.8.8.8"]
      options=["edns0"]
      searchDomains=["example.com"]

      [history]
      maxAge = 172800
      maxEntries = 20

      [frontend."gateway.v0"]
      enabled = true
      allowedRepositories = ["docker/dockerfile"]

      [system]
      platformsCacheMaxAge = "1h"
      maxRegistryConcurrency = 8
      """;

  @Test
  void everyTableOfBuildKitIsRead() throws Exception {
    DaemonConfig config = ConfigReader.parse("buildkitd.toml", WHOLE);

    assertThat(config.root()).isEqualTo("/foo/bar");
    assertThat(config.debug()).isTrue();
    assertThat(config.entitlements()).containsExactly("security.insecure");
    assertThat(config.grpc().addresses())
        .containsExactly("unix:///run/x.sock", "tcp://0.0.0.0:1234");
    assertThat(config.grpc().uid()).isNull();
    assertThat(config.grpc().gid()).isEqualTo(1234);
    assertThat(config.grpc().tls())
        .isEqualTo(new DaemonConfig.Tls("mycert.pem", "mykey.pem", "ca.pem"));
    assertThat(config.worker().labels()).isEqualTo(Map.of("foo", "bar", "aa.bb.cc", "baz"));
    assertThat(config.worker().gc()).isFalse();
    assertThat(config.worker().reservedSpace()).isEqualTo(DiskSpace.ofBytes(123456789));
    assertThat(config.worker().maxParallelism()).isEqualTo(4);
    assertThat(config.worker().network().mode()).isEqualTo("host");
    List<DaemonConfig.GcPolicy> policies = config.gcPolicies(1_000_000_000_000L);
    assertThat(policies).hasSize(4);
    assertThat(policies.get(0).keepDuration()).isEqualTo(Duration.ofHours(1));
    assertThat(policies.get(1).reservedSpace().bytes()).isEqualTo(40L << 20);
    assertThat(policies.get(2).keepDuration()).isEqualTo(Duration.ofDays(1));
    assertThat(policies.get(3).maxUsedSpace().percentage()).isEqualTo(80);
    DaemonConfig.Registry registry = config.registries().get("docker.io");
    assertThat(registry.mirrors()).containsExactly("hub.docker.io");
    assertThat(registry.http()).isTrue();
    assertThat(registry.keyPairs())
        .containsExactly(new DaemonConfig.KeyPair("key.pem", "cert.pem"));
    assertThat(config.dns().options()).containsExactly("edns0");
    assertThat(config.history()).isEqualTo(new DaemonConfig.History(Duration.ofDays(2), 20));
    assertThat(config.frontends().allowedRepositories()).containsExactly("docker/dockerfile");
    assertThat(config.warnings())
        .containsExactly(
            "buildkitd.toml:7: debugAddress has no effect in Gatehouse",
            "buildkitd.toml:68: platformsCacheMaxAge has no effect in Gatehouse");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rot = "/x"                       | t:1: unknown key rot, did you mean root?
          [worker.oci]#max-paralelism = 2  | t:2: unknown key worker.oci.max-paralelism, did you mean worker.oci.max-parallelism?
          [grpc]#address = "x"             | t:2: grpc.address must be a list of strings
          [worker.oci]#reservedSpace="lot" | t:2: worker.oci.reservedSpace: invalid disk space lot
          [history]#maxAge="2 days"        | t:2: history.maxAge: invalid duration 2 days
          #[registry."a:5000"]#htp = true  | t:3: unknown key registry."a:5000".htp, did you mean registry."a:5000".http?
          [worker.containerd]#enabled=true | t:2: worker.containerd is not available in Gatehouse; its own worker needs no containerd
          [worker.oci]#networkMode="vpn"   | t:2: invalid network mode: "vpn"
          [wurker]                         | t:1: unknown key wurker, did you mean worker?
          """)
  void mistakesAreNamedWithTheirLine(String toml, String message) {
    assertThatThrownBy(() -> ConfigReader.parse("t", toml.replace('#', '\n')))
        .isInstanceOf(ConfigException.class)
        .hasMessage(message);
  }

  @Test
  void whatIsOfAnotherBuildersCacheHasNoEffect() throws Exception {
    assertThat(
            ConfigReader.parse(
                    "t", "[ghacache.sign]\ncmd = \"x\"\n[ghacache.verify]\nrequired = false\n")
                .warnings())
        .containsExactly("t:1: ghacache has no effect in Gatehouse");
  }

  @Test
  void textThatIsNoTomlIsNamedWithItsLine() {
    assertThatThrownBy(() -> ConfigReader.parse("t", "root = \"a\"\n= 5\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("t:2: not TOML");
  }

  @Test
  void defaultPoliciesAreBuildKits() {
    List<DaemonConfig.GcPolicy> policies = ConfigReader.defaults().gcPolicies(50L << 30);

    assertThat(policies).hasSize(4);
    assertThat(policies.get(0).maxUsedSpace()).isEqualTo(DiskSpace.ofBytes(512_000_000));
    assertThat(policies.get(1).keepDuration()).isEqualTo(Duration.ofDays(60));
    assertThat(policies.get(3).all()).isTrue();
    assertThat(policies.get(3).reservedSpace().toBytes(50L << 30)).isEqualTo(6_000_000_000L);
  }

  @ParameterizedTest
  @CsvSource({"1h30m,5400000", "1.5s,1500", "300ms,300", "-2m,-120000", "48h,172800000", "7,7000"})
  void durations(String text, long millis) {
    assertThat(GoDuration.parse(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @CsvSource({"10GB,10737418240", "1.5k,1536", "512MiB,536870912", "20,20", "3 mb,3145728", "1b,1"})
  void sizes(String text, long bytes) {
    assertThat(DiskSpace.parse(text).toBytes(1)).isEqualTo(bytes);
  }
}
