package dev.gatehouse.solver.worker.source.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.worker.source.SourceRequest;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileNamesTest {
  @ParameterizedTest
  @CsvSource(
      value = {
        "foo.txt|foo.txt",
        "'  foo.txt  '|foo.txt",
        "a/b/c.txt|c.txt",
        "''|download",
        ".|download",
        "..|download",
        "../|download",
        "name with spaces.txt|name with spaces.txt"
      },
      delimiter = '|')
  void onlyOneComponentIsTaken(String given, String name) {
    assertThat(FileNames.safe(given)).isEqualTo(name);
  }

  @Test
  void controlCharactersAreRefused() {
    assertThat(FileNames.safe("a\nb")).isEqualTo("download");
    assertThat(FileNames.safe("a\0b")).isEqualTo("download");
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "attachment; filename=x.tgz|x.tgz",
        "attachment; filename=\"a \\\"b\\\".tgz\"|a \"b\".tgz",
        "attachment; filename=plain; filename*=UTF-8''na%C3%AFve|naïve",
        "attachment; filename=../../etc/passwd|passwd",
        "attachment; filename=dir/|file.bin",
        "inline|file.bin"
      },
      delimiter = '|',
      quoteCharacter = '`')
  void serversMayNameFiles(String header, String name) throws Exception {
    HttpIdentifier identifier = identifier(Map.of());
    assertThat(FileNames.of(identifier, Optional.of(header))).isEqualTo(name);
  }

  private static HttpIdentifier identifier(Map<String, String> attributes) throws Exception {
    return HttpIdentifier.of(
        SourceRequest.of("https://example.com/x/file.bin?q=1", attributes, Platform.LINUX_AMD64));
  }

  @Test
  void keysAreBuildKits() throws Exception {
    Digest content = Digest.sha256("content");
    assertThat(identifier(Map.of()).cacheKey("file.bin", content, Optional.empty()))
        .isEqualTo(
            Digest.sha256(
                    "{\"Filename\":\"file.bin\",\"Perm\":0,\"UID\":0,\"GID\":0,\"Checksum\":\""
                        + content
                        + "\"}")
                .toString());
    assertThat(
            identifier(
                    Map.of(
                        "http.perm", "0644",
                        "http.uid", "5",
                        "http.authheadersecret", "s",
                        "http.header.accept", "text/plain"))
                .cacheKey("f", content, Optional.of(Instant.parse("2024-02-03T04:05:06Z"))))
        .isEqualTo(
            Digest.sha256(
                    "{\"Filename\":\"f\",\"Perm\":420,\"UID\":5,\"GID\":0,\"Checksum\":\""
                        + content
                        + "\",\"LastModTime\":\"Sat, 03 Feb 2024 04:05:06"
                        + " GMT\",\"AuthHeaderSecret\":\"s\","
                        + "\"Header\":[{\"Name\":\"Accept\",\"Value\":\"text/plain\"}]}")
                .toString());
  }
}
