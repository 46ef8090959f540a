package dev.gatehouse.frontend.transport.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Blocks of RFC 7541, appendix C, and blocks that are none. */
class HeaderDecoderTest {
  private static String decode(HeaderDecoder decoder, String hex) throws Http2Exception {
    byte[] block = HexFormat.of().parseHex(hex.replace(" ", ""));
    Headers headers = new Headers(1 << 16);
    decoder.decode(block, block.length, headers);
    return headers.fields().stream()
        .map(field -> field.name() + ": " + field.value())
        .collect(Collectors.joining("\n"));
  }

  private static final List<String> REQUESTS =
      List.of(
          """
          :method: GET
          :scheme: http
          :path: /
          :authority: www.example.com\
          """,
          """
          :method: GET
          :scheme: http
          :path: /
          :authority: www.example.com
          cache-control: no-cache\
          """,
          """
          :method: GET
          :scheme: https
          :path: /index.html
          :authority: www.example.com
          custom-key: custom-value\
          """);

  private static final List<String> RESPONSES =
      List.of(
          """
          :status: 302
          cache-control: private
          date: Mon, 21 Oct 2013 20:13:21 GMT
          location: https://www.example.com\
          """,
          """
          :status: 307
          cache-control: private
          date: Mon, 21 Oct 2013 20:13:21 GMT
          location: https://www.example.com\
          """,
          """
          :status: 200
          cache-control: private
          date: Mon, 21 Oct 2013 20:13:22 GMT
          location: https://www.example.com
          content-encoding: gzip
          set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1\
          """);

  private static void check(int tableSize, List<String> expected, String... blocks)
      throws Http2Exception {
    HeaderDecoder decoder = new HeaderDecoder(tableSize);
    for (int i = 0; i < blocks.length; i++) {
      assertThat(decode(decoder, blocks[i])).isEqualTo(expected.get(i));
    }
  }

  @Test
  void requestsInPlainText() throws Exception {
    check(
        4096,
        REQUESTS,
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65");
  }

  @Test
  void requestsInHuffmanCode() throws Exception {
    check(
        4096,
        REQUESTS,
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf");
  }

  @Test
  void responsesInPlainTextWithEviction() throws Exception {
    check(
        256,
        RESPONSES,
        """
        4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 \
        2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 \
        6c65 2e63 6f6d\
        """,
        "4803 3330 37c1 c0bf",
        """
        88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d \
        54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 \
        5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e \
        3d31\
        """);
  }

  @Test
  void responsesInHuffmanCodeWithEviction() throws Exception {
    check(
        256,
        RESPONSES,
        """
        4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 \
        2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3\
        """,
        "4883 640e ffc1 c0bf",
        """
        88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab \
        77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f \
        9587 3160 65c0 03ed 4ee5 b106 3d50 07\
        """);
  }

  @Test
  void theTableShrinksAndGrowsAsItIsTold() throws Exception {
    HeaderDecoder decoder = new HeaderDecoder(4096);
    decode(decoder, "4001 6101 62"); // a: b, into the table
    assertThat(decode(decoder, "be")).isEqualTo("a: b");
    decode(decoder, "20"); // to nothing
    assertThatThrownBy(() -> decode(decoder, "be")).hasMessageContaining("index 62");
    decode(decoder, "3fe11f 4001 6101 63"); // to 4096 again
    assertThat(decode(decoder, "be")).isEqualTo("a: c");
    assertThatThrownBy(() -> decode(decoder, "3fe21f")).hasMessageContaining("not 4097");
    assertThatThrownBy(() -> decode(decoder, "82 20")).hasMessageContaining("within a block");
  }

  @Test
  void brokenBlocksAreRefused() {
    Map.of(
            "80", "index 0",
            "c0", "index 64",
            "ff80808080808001", "too large",
            "ffffffffff7f", "too large",
            "00", "cut off",
            "0003 6161", "cut off",
            "0001 6182 f1", "cut off",
            "0001 6181 00", "padded wrongly", // 00000 is 0, 000 is no padding
            "0001 6182 1fff", "padded wrongly", // a, then more than seven bits
            "0001 6184 ffff ffff", "holds its end")
        .forEach((block, what) ->
            assertThatThrownBy(() -> decode(new HeaderDecoder(4096), block))
                .as(block)
                .isInstanceOf(Http2Exception.class)
                .hasMessageContaining(what));
  }

  @Test
  void bytesOfAnyKindEndInFieldsOrARefusal() {
    Random random = new Random(7541);
    HeaderDecoder decoder = new HeaderDecoder(4096);
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] block = new byte[random.nextInt(60)];
      random.nextBytes(block);
      try {
        decoder.decode(block, block.length, new Headers(1 << 16));
        read++;
      } catch (Http2Exception e) {
        decoder = new HeaderDecoder(4096);
      }
    }
    assertThat(read).isPositive();
  }

  @Test
  void fieldsBeyondTheLimitAreOnlyCounted() throws Exception {
    HeaderDecoder decoder = new HeaderDecoder(4096);
    Headers headers = new Headers(100);
    byte[] block = HexFormat.of().parseHex("828282828282");
    decoder.decode(block, block.length, headers);
    assertThat(headers.isCut()).isTrue();
    assertThat(headers.fields()).hasSize(2);
  }

  @Test
  void readsWhatTheEncoderWrites() throws Exception {
    String value = "x".repeat(1000);
    byte[] block = RequestHeaders.encode("/a.B/C", "host", Map.of("Key", List.of("v", value)));
    Headers headers = new Headers(1 << 16);
    new HeaderDecoder(0).decode(block, block.length, headers);
    assertThat(headers.fields())
        .containsExactly(
            new Headers.Field(":method", "POST"),
            new Headers.Field(":scheme", "http"),
            new Headers.Field(":path", "/a.B/C"),
            new Headers.Field(":authority", "host"),
            new Headers.Field("content-type", "application/grpc"),
            new Headers.Field("te", "trailers"),
            new Headers.Field("user-agent", "gatehouse"),
            new Headers.Field("key", "v"),
            new Headers.Field("key", value));
  }

  @Test
  void metadataThatNoHeaderHoldsIsRefused() {
    for (String name : Arrays.asList("", "a b", "x-bin", "a\n", ":path")) {
      assertThatThrownBy(() -> RequestHeaders.encode("/m", "h", Map.of(name, List.of("v"))))
          .as(name)
          .isInstanceOf(IllegalArgumentException.class);
    }
    for (String value : List.of("b\r\nc", "\u00e9")) {
      assertThatThrownBy(() -> RequestHeaders.encode("/m", "h", Map.of("A", List.of(value))))
          .hasMessage("header key \"a\" contains value with non-printable ASCII characters")
          .isInstanceOfSatisfying(
              RpcException.class, e -> assertThat(e.status()).isEqualTo(StatusCode.INTERNAL));
    }
  }
}
