package dev.gatehouse.cli.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.Export;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What a command line asks the daemon for. */
class BuildArgumentsTest {
  @TempDir Path dir;
  private Path context;

  @BeforeEach
  void context() throws IOException {
    context = Files.createDirectory(dir.resolve("context"));
    Files.writeString(context.resolve("Dockerfile"), "FROM scratch\n");
  }

  private BuildRequest request(String... arguments) throws UsageException, IOException {
    return request(InputStream.nullInputStream(), context.toString(), arguments);
  }

  private BuildRequest request(InputStream stdin, String place, String... arguments)
      throws UsageException, IOException {
    CommandSpec spec = CommandSpec.create();
    BuildArguments parsed = BuildArguments.ofBuild(spec, stdin, new ByteArrayOutputStream());
    List<String> line = new ArrayList<>(Arrays.asList(arguments));
    line.add(place);
    new CommandLine(spec).parseArgs(line.toArray(new String[0]));
    return parsed.request();
  }

  private Map<String, String> options(String... arguments) throws UsageException, IOException {
    return request(arguments).frontendOptions();
  }

  @Test
  void limitsBecomeOptionsOfTheFrontend() throws Exception {
    assertThat(
            options(
                "--shm-size=64m",
                "--ulimit=nofile=10:20",
                "--ulimit=core=-1",
                "--cgroup-parent=/builds",
                "--network=none",
                "--add-host=one:10.0.0.1",
                "--add-host=two=[::1]"))
        .containsOnly(
            Map.entry("shm-size", "67108864"),
            Map.entry("ulimit", "nofile=10:20,core=-1:-1"),
            Map.entry("cgroup-parent", "/builds"),
            Map.entry("force-network-mode", "none"),
            Map.entry("add-hosts", "one=10.0.0.1,two=::1"));
  }

  @Test
  void attestationsAreAskedForInEitherForm() throws Exception {
    assertThat(options("--provenance=mode=max", "--sbom=true"))
        .containsOnly(Map.entry("attest:provenance", "mode=max"), Map.entry("attest:sbom", ""));
    assertThat(
            options(
                "--attest=type=provenance,mode=min,version=v1", "--attest=type=sbom,disabled=1"))
        .containsOnly(Map.entry("attest:provenance", "mode=min,version=v1"));
    assertThat(options("--attest=type=provenance", "--provenance=false")).isEmpty();
  }

  @Test
  void annotationsGoToTheImagesOfAllOutputs() throws Exception {
    List<Export> exports =
        request(
                "--annotation=plain=1",
                "--annotation=index,manifest[linux/amd64]:deep=2",
                "-o=type=oci,dest=" + dir.resolve("a.tar"),
                "-o=" + dir.resolve("folder"),
                "-o=type=cacheonly",
                "-t=one:1",
                "-t=two:2")
            .exports();

    assertThat(exports).extracting(Export::type).containsExactly("oci", "local");
    assertThat(exports.get(0).attributes())
        .containsOnly(
            Map.entry("name", "one:1,two:2"),
            Map.entry("annotation.plain", "1"),
            Map.entry("annotation-index.deep", "2"),
            Map.entry("annotation-manifest[linux/amd64].deep", "2"));
    assertThat(exports.get(1).attributes()).isEmpty();
  }

  @Test
  void aPushAndALoadAreOutputs() throws Exception {
    assertThat(request("--push", "-t=r/x:1").exports())
        .containsExactly(Export.of("image", Map.of("name", "r/x:1", "push", "true")));
    Export load = request("--load", "-t=x:1").exports().get(0);
    assertThat(load.type()).isEqualTo("docker");
    assertThat(load.outputOrNull()).isNotNull();
  }

  @Test
  void aTarOnStandardInputIsTheContext() throws Exception {
    byte[] tar = tar();
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
      out.write(tar);
    }
    for (byte[] archive : List.of(tar, gzip.toByteArray())) {
      BuildRequest request = request(new ByteArrayInputStream(archive), "-", "-f=sub/File");

      String id = request.uploads().keySet().iterator().next();
      assertThat(request.uploads().get(id).get().readAllBytes()).isEqualTo(archive);
      assertThat(request.frontendOptions())
          .containsOnly(
              Map.entry("context", "http://buildkit-session/" + id),
              Map.entry("filename", "sub/File"));
      assertThat(request.localDirectories()).isEmpty();
    }
  }

  @Test
  void aDockerfileOnStandardInputGoesWithAnyContext() throws Exception {
    byte[] text = "FROM scratch\n".repeat(60).getBytes(StandardCharsets.UTF_8);

    BuildRequest alone = request(new ByteArrayInputStream(text), "-");
    assertThat(alone.frontendOptions()).containsEntry("dockerfilekey", "dockerfile");
    assertThat(alone.localDirectories().get("dockerfile").resolve("Dockerfile"))
        .hasBinaryContent(text);
    assertThat(alone.localDirectories().get("context")).isEmptyDirectory();

    BuildRequest beside = request(new ByteArrayInputStream(text), context.toString(), "-f=-");
    assertThat(beside.localDirectories()).containsEntry("context", context);
    assertThat(beside.localDirectories().get("dockerfile").resolve("Dockerfile"))
        .hasBinaryContent(text);

    BuildRequest remote =
        request(new ByteArrayInputStream(text), "https://host/repo.git#v1:sub", "-f=-");
    assertThat(remote.frontendOptions())
        .containsEntry("context", "https://host/repo.git#v1:sub")
        .containsEntry("dockerfilekey", "dockerfile");

    assertThatThrownBy(() -> request(new ByteArrayInputStream(text), "-", "-f=Other"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--file Other needs a context to be in; what comes on standard input is no tar archive");
  }

  @Test
  void imagesOfLayoutsAreNamedByTheirDigest() throws Exception {
    Path image = Files.createDirectory(dir.resolve("image"));
    String one = "sha256:" + "1".repeat(64);
    String two = "sha256:" + "2".repeat(64);
    Files.writeString(
        image.resolve("index.json"),
        """
        {"schemaVersion":2,"manifests":[
          {"digest":"%s","annotations":{"org.opencontainers.image.ref.name":"v1"}},
          {"digest":"%s","annotations":{"org.opencontainers.image.ref.name":"latest"}}]}
        """
            .formatted(one, two));

    assertThat(options("--build-context=base=oci-layout://" + image + ":v1"))
        .containsEntry("context:base", "oci-layout://context-base@" + one);
    assertThat(options("--build-context=base=oci-layout://" + image))
        .containsEntry("context:base", "oci-layout://context-base@" + two);
    BuildRequest named = request("--build-context=base=oci-layout://" + image + "@" + one);
    assertThat(named.frontendOptions())
        .containsEntry("context:base", "oci-layout://context-base@" + one);
    assertThat(named.ociLayouts()).containsEntry("context-base", image);
    assertThatThrownBy(() -> options("--build-context=base=oci-layout://" + image + ":v2"))
        .isInstanceOf(UsageException.class)
        .hasMessage("oci-layout://" + image + " has no v2; it has v1, latest");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--annotation=shelf:a=b",
        "--attest=sbom",
        "--shm-size=12x",
        "--ulimit=nofile",
        "--add-host=nowhere",
        "--push",
        "-o=type=oci",
        "-o=dest=x",
        "--secret=src=x",
        "--build-context=x",
        "--cache-from=a=b"
      })
  void whatCannotBeMeantIsRefused(String argument) {
    assertThatThrownBy(() -> request(argument)).isInstanceOf(UsageException.class);
  }

  /** A tar with one empty file, in the form of old: no magic, but a sum. */
  private static byte[] tar() {
    byte[] tar = new byte[1536];
    tar[0] = 'f';
    System.arraycopy("0000644\0".getBytes(StandardCharsets.US_ASCII), 0, tar, 100, 8);
    Arrays.fill(tar, 148, 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += tar[i];
    }
    byte[] octal = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(octal, 0, tar, 148, 8);
    return tar;
  }
}
