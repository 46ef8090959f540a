package dev.gatehouse.solver.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.solver.exec.ContainerRuntimeOptions.Dns;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NameFilesTest {
  @TempDir Path directory;

  private NameFiles files(Dns dns) {
    return new NameFiles(
        directory, dns, directory.resolve("host.conf"), directory.resolve("resolved.conf"));
  }

  private void host(String text) throws Exception {
    Files.writeString(directory.resolve("host.conf"), text);
  }

  @Test
  void loopbackServersStayOutOfOtherNetworks() throws Exception {
    host(
        "# comment\n"
            + "nameserver 127.0.0.1\n"
            + "nameserver 10.0.0.2\n"
            + "search a.test b.test\n"
            + "options ndots:2\n"
            + "sortlist x\n");
    assertThat(files(Dns.FROM_HOST).resolvConf(false))
        .hasContent("nameserver 10.0.0.2\nsearch a.test b.test\noptions ndots:2\nsortlist x\n");
    assertThat(files(Dns.FROM_HOST).resolvConf(true))
        .hasContent(
            "nameserver 127.0.0.1\n"
                + "nameserver 10.0.0.2\n"
                + "search a.test b.test\n"
                + "options ndots:2\n"
                + "sortlist x\n");
  }

  @Test
  void publicServersAreTheLastResort() throws Exception {
    String fallback =
        "nameserver 8.8.8.8\n"
            + "nameserver 8.8.4.4\n"
            + "nameserver 2001:4860:4860::8888\n"
            + "nameserver 2001:4860:4860::8844\n";
    assertThat(files(Dns.FROM_HOST).resolvConf(true)).hasContent(fallback);
    host("nameserver ::1\n");
    assertThat(files(Dns.FROM_HOST).resolvConf(false)).hasContent(fallback);
  }

  @Test
  void resolvedsLocalServerIsReplacedByThoseBehindIt() throws Exception {
    host("nameserver 127.0.0.53\n");
    Files.writeString(directory.resolve("resolved.conf"), "nameserver 192.0.2.7\n");
    assertThat(files(Dns.FROM_HOST).resolvConf(false)).hasContent("nameserver 192.0.2.7\n");
  }

  @Test
  void configuredPartsReplaceTheHosts() throws Exception {
    host("nameserver 10.0.0.2\nsearch a.test\noptions ndots:2\n");
    Dns dns = new Dns(List.of("127.0.0.9"), List.of(".", "c.test"), List.of("ndots:5"));
    assertThat(files(dns).resolvConf(false))
        .hasContent("nameserver 127.0.0.9\nsearch c.test\noptions ndots:5\n");
  }

  @Test
  void changesOfTheHostAreFollowed() throws Exception {
    host("nameserver 10.0.0.2\n");
    NameFiles files = files(Dns.FROM_HOST);
    files.resolvConf(false);
    host("nameserver 10.0.0.3\n");
    Files.setLastModifiedTime(directory.resolve("host.conf"), FileTime.fromMillis(1));
    assertThat(files.resolvConf(false)).hasContent("nameserver 10.0.0.3\n");
  }

  @Test
  void hostsAreSharedUntilTheyDiffer() throws Exception {
    NameFiles files = files(Dns.FROM_HOST);
    Path bundle = Files.createDirectory(directory.resolve("bundle"));
    Path shared = files.hosts(ContainerSpec.DEFAULT_HOSTNAME, List.of(), bundle);
    assertThat(shared.getParent()).isEqualTo(directory);
    assertThat(shared)
        .hasContent(
            "127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n");
    Path own = files.hosts("box", List.of(new ExtraHost("db", "192.0.2.1")), bundle);
    assertThat(own.getParent()).isEqualTo(bundle);
    assertThat(own)
        .hasContent(
            "127.0.0.1\tlocalhost box\n::1\tlocalhost ip6-localhost ip6-loopback\n192.0.2.1\tdb\n");
  }

  @Test
  void hostLinesCannotBeForged() {
    assertThatThrownBy(() -> new ExtraHost("a\n10.0.0.1 b", "192.0.2.1"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ExtraHost("a", "example.com"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
