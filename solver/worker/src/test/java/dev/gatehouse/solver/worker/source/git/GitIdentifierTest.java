package dev.gatehouse.solver.worker.source.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.worker.source.SourceRequest;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GitIdentifierTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  private static GitIdentifier parse(String identifier, Map<String, String> attributes)
      throws Exception {
    return GitIdentifier.of(SourceRequest.of(identifier, attributes, Platform.LINUX_AMD64));
  }

  private static GitIdentifier parse(String identifier) throws Exception {
    return parse(identifier, Map.of());
  }

  @Test
  void remotesAreReadAsBuildKitReadsThem() throws Exception {
    assertThat(parse("git://github.com/moby/buildkit.git#v1:/a/../b").remote())
        .isEqualTo("https://github.com/moby/buildkit.git");
    GitIdentifier parts = parse("git://github.com/moby/buildkit.git#v1:/a/../b/");
    assertThat(parts.ref()).isEqualTo("v1");
    assertThat(parts.subdir()).isEqualTo("b");
    GitIdentifier scp = parse("git://git@github.com:moby/buildkit.git#main");
    assertThat(scp.remote()).isEqualTo("git@github.com:moby/buildkit.git");
    assertThat(scp.host()).isEqualTo("github.com");
    GitIdentifier full =
        parse("git://example.com/x", Map.of("git.fullurl", "ssh://git@example.com:22/x"));
    assertThat(full.remote()).isEqualTo("ssh://git@example.com:22/x");
    assertThat(full.host()).isEqualTo("example.com:22");
  }

  @Test
  void referencesCannotBeOptions() {
    assertThatThrownBy(() -> parse("git://example.com/x#--upload-pack=evil"))
        .hasMessage("invalid git ref \"--upload-pack=evil\"");
    assertThatThrownBy(() -> parse("git://example.com/x#a%20b")).hasMessageContaining("a b");
    assertThatThrownBy(() -> parse("git://x", Map.of("git.checksum", "--x")))
        .hasMessageContaining("expected hex commit hash");
  }

  @Test
  void pathsOfThisHostAreNoRemotes() throws Exception {
    assertThat(parse("git://file:///etc").remote()).isEqualTo("https://file:///etc");
    assertThat(parse("git://x/y", Map.of("git.fullurl", "ext::sh -c evil")).remote())
        .startsWith("https://");
  }

  @Test
  void commitsMustFitTheirChecksum() throws Exception {
    assertThat(parse("git://x/y#" + COMMIT, Map.of("git.checksum", "01234567")).ref())
        .isEqualTo(COMMIT);
    assertThatThrownBy(() -> parse("git://x/y#" + COMMIT, Map.of("git.checksum", "ff")))
        .hasMessage("expected checksum to match ff, got " + COMMIT);
    assertThatThrownBy(() -> parse("git://x/y#main", Map.of("git.fetchbycommit", "true")))
        .hasMessageContaining("requires a checksum");
  }

  @Test
  void keysAreBuildKits() throws Exception {
    assertThat(parse("git://x/y#main").cacheKey(COMMIT, "refs/heads/main")).isEqualTo(COMMIT);
    assertThat(
            parse(
                    "git://x/y#main:sub",
                    Map.of(
                        "git.keepgitdir", "true",
                        "git.skipsubmodules", "true",
                        "git.mtime", "commit"))
                .cacheKey(COMMIT, "refs/heads/main"))
        .isEqualTo(COMMIT + ".git#refs/heads/main:sub(skip-submodules)(mtime=commit)");
  }

  @Test
  void passwordsAreNotShown() throws Exception {
    assertThat(GitIdentifier.redact("https://user:pw@host/x.git"))
        .isEqualTo("https://xxxxx:xxxxx@host/x.git");
    assertThat(GitIdentifier.redact("https://token@host")).isEqualTo("https://xxxxx@host");
    assertThat(GitIdentifier.redact("https://host/a@b")).isEqualTo("https://host/a@b");
    assertThat(parse("git://https://user:pw@host/x.git").host()).isEqualTo("host");
  }

  @Test
  void whatIsNotSupportedSaysSo() {
    assertThatThrownBy(() -> parse("git://x/y", Map.of("git.sig.pubkey", "k")))
        .hasMessageContaining("signatures is not supported");
    assertThatThrownBy(() -> parse("git://x/y", Map.of("git.bundle", "b")))
        .hasMessageContaining("bundles are not supported");
  }
}
