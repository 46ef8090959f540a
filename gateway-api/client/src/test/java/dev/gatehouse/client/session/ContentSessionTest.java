package dev.gatehouse.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatehouse.client.BuildClient;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.CacheOption;
import dev.gatehouse.client.FakeDaemon;
import dev.gatehouse.client.StatusListener;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.protocol.content.DeleteContentRequest;
import dev.gatehouse.protocol.content.InfoRequest;
import dev.gatehouse.protocol.content.InfoResponse;
import dev.gatehouse.protocol.content.ReadContentRequest;
import dev.gatehouse.protocol.content.ReadContentResponse;
import dev.gatehouse.protocol.content.WriteAction;
import dev.gatehouse.protocol.content.WriteContentRequest;
import dev.gatehouse.protocol.content.WriteContentResponse;
import dev.gatehouse.protocol.control.SolveResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Content of a session: OCI layouts and local caches. */
class ContentSessionTest extends SessionCalls {
  @Test
  void contentOfALayoutIsReadAndWritten() throws Exception {
    Path layout = Files.createDirectories(temp.resolve("layout"));
    byte[] blob = utf8("a blob");
    Digest digest = Digest.sha256(blob);
    Files.createDirectories(layout.resolve("blobs/sha256"));
    Files.write(layout.resolve("blobs/sha256").resolve(digest.hex()), blob);
    Path cache = temp.resolve("cache");
    Map<String, List<String>> store = Map.of("buildkit-attachable-store-id", List.of("oci:base"));
    Map<String, List<String>> written =
        Map.of("buildkit-attachable-store-id", List.of("local:" + cache));
    during(
        BuildRequest.builder()
            .ociLayout("base", layout)
            .cacheExport(new CacheOption("local", Map.of("dest", cache.toString()))),
        session -> {
          String service = "/containerd.services.content.v1.Content/";
          InfoResponse info =
              call(
                  session,
                  service + "Info",
                  InfoRequest.newBuilder().setDigest(digest.value()).build(),
                  InfoResponse.parser(),
                  store);
          assertThat(info.getInfo().getSize()).isEqualTo(6);
          try (RpcStream read = session.open(service + "Read", store)) {
            read.send(
                ReadContentRequest.newBuilder()
                    .setDigest(digest.value())
                    .setOffset(2)
                    .setSize(3)
                    .build()
                    .toByteArray());
            read.closeSend();
            assertThat(ReadContentResponse.parseFrom(read.receive()).getData().toStringUtf8())
                .isEqualTo("blo");
            assertThat(read.receive()).isNull();
          }
          byte[] fresh = utf8("fresh content");
          for (boolean honest : new boolean[] {false, true}) {
            String expected =
                honest ? Digest.sha256(fresh).value() : Digest.sha256("other").value();
            try (RpcStream write = session.open(service + "Write", written)) {
              write.send(
                  WriteContentRequest.newBuilder()
                      .setAction(WriteAction.WRITE)
                      .setRef("r")
                      .setData(ByteString.copyFrom(fresh))
                      .build()
                      .toByteArray());
              assertThat(WriteContentResponse.parseFrom(write.receive()).getOffset())
                  .isEqualTo(fresh.length);
              write.send(
                  WriteContentRequest.newBuilder()
                      .setAction(WriteAction.COMMIT)
                      .setRef("r")
                      .setOffset(fresh.length)
                      .setExpected(expected)
                      .build()
                      .toByteArray());
              if (honest) {
                assertThat(WriteContentResponse.parseFrom(write.receive()).getDigest())
                    .isEqualTo(expected);
              } else {
                assertThatThrownBy(write::receive).hasMessageContaining("unexpected commit digest");
              }
            }
          }
          assertThat(cache.resolve("blobs/sha256").resolve(Digest.sha256(fresh).hex()))
              .hasBinaryContent(fresh);
          assertThatThrownBy(() ->
                  session.call(
                      service + "Delete",
                      DeleteContentRequest.newBuilder()
                          .setDigest(digest.value())
                          .build()
                          .toByteArray(),
                      store))
              .hasMessage("store oci:base is lent for reading");
          assertThat(layout.resolve("blobs/sha256").resolve(digest.hex())).exists();
          assertThatThrownBy(() ->
                  session.call(
                      service + "Info",
                      InfoRequest.newBuilder().setDigest(digest.value()).build().toByteArray(),
                      Map.of("buildkit-attachable-store-id", List.of("other"))))
              .hasMessageContaining("unknown store other");
        });
  }

  @Test
  void localCachesAreFoundByTagAndNamedInTheIndex() throws Exception {
    Path cache = temp.resolve("cache");
    try (FakeDaemon daemon =
            new FakeDaemon((solve, session) ->
                SolveResponse.newBuilder()
                    .putExporterResponse(
                        "cache.manifest",
                        "{\"digest\":\"" + Digest.sha256("m").value() + "\",\"size\":1}")
                    .build());
        BuildClient client = daemon.connect()) {
      BuildRequest.Builder request =
          BuildRequest.builder()
              .frontend("f")
              .cacheImport(new CacheOption("local", Map.of("src", cache.toString())))
              .cacheExport(new CacheOption("local", Map.of("dest", cache.toString())));
      client.solve(request.build(), StatusListener.none());
      LocalCaches again = LocalCaches.prepare(request.build());
      assertThat(again.imports().get(0).attributes())
          .containsEntry("digest", Digest.sha256("m").value());
      assertThat(again.stores()).containsEntry("local:" + cache, cache);
    }
  }
}
