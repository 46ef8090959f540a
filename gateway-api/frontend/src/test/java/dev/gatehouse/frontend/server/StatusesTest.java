package dev.gatehouse.frontend.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.Status;
import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Failures in the encoding that Go's programs write and read. */
class StatusesTest {
  private static final String PREFIX = "github.com/moby/buildkit/";

  private static String json(ErrorDetail detail) {
    Any any = Statuses.detail(detail);
    return any.getTypeUrl() + " " + any.getValue().toStringUtf8();
  }

  private static Any any(String type, String json) {
    return Any.newBuilder()
        .setTypeUrl(PREFIX + type)
        .setValue(ByteString.copyFromUtf8(json))
        .build();
  }

  @Test
  void detailsAreWrittenAsGoWritesThem() {
    FrontendException e =
        FrontendException.builder(Category.USER, "m")
            .source(
                new SourceMap("F", "x", "a".getBytes(StandardCharsets.UTF_8), null),
                List.of(new SourceRange(2, 0, 2, 5)))
            .build();
    assertThat(json(e.details().get(0)))
        .isEqualTo(
            PREFIX
                + "errdefs.Source+json"
                + " {\"info\":{\"filename\":\"F\",\"data\":\"YQ==\",\"language\":\"x\"},"
                + "\"ranges\":[{\"start\":{\"line\":2},\"end\":{\"line\":2,\"character\":5}}]}");
    assertThat(json(new ErrorDetail.Vertex("sha256:1")))
        .isEqualTo(PREFIX + "errdefs.Vertex+json {\"digest\":\"sha256:1\"}");
    assertThat(json(new ErrorDetail.Exit(3)))
        .isEqualTo(PREFIX + "gatewayapi.ExitMessage+json {\"Code\":3}");
    assertThat(json(new ErrorDetail.CompatibilityFeature(20, "f")))
        .isEqualTo(PREFIX + "errdefs.CompatibilityFeature+json {\"version\":20,\"feature\":\"f\"}");
    // Solve alone is in protobuf's own mapping, with 64-bit numbers as text.
    assertThat(
            json(
                new ErrorDetail.Solve(
                    List.of("i"),
                    List.of("m"),
                    new byte[0],
                    ErrorDetail.SolveSubject.FILE_ACTION,
                    3,
                    Map.of())))
        .isEqualTo(
            PREFIX
                + "errdefs.Solve+json"
                + " {\"inputIDs\":[\"i\"],\"mountIDs\":[\"m\"],\"file\":{\"index\":\"3\"}}");
  }

  @Test
  void bothSpellingsAreRead() {
    for (String index : List.of("3", "\"3\"")) {
      ErrorDetail.Solve solve =
          (ErrorDetail.Solve)
              Statuses.detail(
                  any(
                      "errdefs.Solve+json",
                      "{\"inputIDs\":[\"\",\"x\"],\"cache\":{\"index\":"
                          + index
                          + "},\"op\":{\"exec\":{\"meta\":{\"args\":[\"a\"]},\"network\":\"HOST\"}},\"new\":1}"));
      assertThat(solve.inputIds()).containsExactly("", "x");
      assertThat(solve.subject()).isEqualTo(ErrorDetail.SolveSubject.CONTENT_CACHE);
      assertThat(solve.subjectIndex()).isEqualTo(3);
      assertThat(solve.operation()).isNotEmpty();
    }
  }

  @Test
  void whatCannotBeReadPassesThrough() {
    List<Any> odd =
        List.of(
            any("errdefs.Vertex+json", "no JSON"),
            any("errdefs.Vertex+json", "{\"digest\":{}}"),
            any("errdefs.Source+json", "{\"info\":{\"data\":\"%%\"}}"),
            // A source whose definition is none.
            any(
                "errdefs.Source+json",
                "{\"info\":{\"definition\":{\"def\":[\"AA==\"],\"metadata\":{\"x\":{}}}}}"),
            any("stack.Stack+json", "{}"));
    for (Any any : odd) {
      ErrorDetail detail = Statuses.detail(any);
      assertThat(detail).as(any.getValue().toStringUtf8()).isInstanceOf(ErrorDetail.Unknown.class);
      assertThat(Statuses.detail(detail)).isEqualTo(any);
    }
  }

  @Test
  void aHintIsALineForOthersAndAFieldForUs() {
    Status status =
        Statuses.toStatus(
            FrontendException.builder(Category.USER, "bad").hint("do this").code("c").build());
    assertThat(status.getMessage()).isEqualTo("bad\nhint: do this");
    FrontendException back = Statuses.toException(status, null);
    assertThat(back).hasMessage("bad");
    assertThat(back.hint()).hasValue("do this");
    assertThat(back.code()).isEqualTo("c");
    assertThat(Statuses.toStatus(FrontendException.user("plain")).getDetailsCount()).isZero();
  }

  @Test
  void categoriesSurvive() {
    for (Category category : Category.values()) {
      FrontendException back =
          Statuses.fromBytes(Statuses.toBytes(FrontendException.builder(category, "m").build()));
      assertThat(back.category()).isEqualTo(category);
    }
    assertThat(Statuses.fromBytes(Status.newBuilder().setCode(99).build().toByteArray()).status())
        .isEqualTo(StatusCode.UNKNOWN);
  }

  @Test
  void noBytesBreakTheReader() {
    long seed = 20261123;
    Random random = new Random(seed);
    byte[] good =
        Statuses.toBytes(
            FrontendException.builder(Category.USER, "message")
                .hint("hint")
                .source(
                    new SourceMap("F", "x", new byte[] {1, 2, 3}, GatewayRun.image("x")),
                    List.of(SourceRange.lines(1, 2)))
                .detail(
                    new ErrorDetail.Solve(
                        List.of("i"),
                        List.of("m"),
                        GatewayRun.image("x").ops().get(0),
                        ErrorDetail.SolveSubject.OPERATION,
                        0,
                        Map.of("k", "v")))
                .build());
    for (int round = 0; round < 4_000; round++) {
      byte[] bytes = good.clone();
      for (int change = 0; change <= random.nextInt(6); change++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      FrontendException e = Statuses.fromBytes(bytes);
      assertThat(e.getMessage()).as("seed %d round %d", seed, round).isNotNull();
    }
  }
}
