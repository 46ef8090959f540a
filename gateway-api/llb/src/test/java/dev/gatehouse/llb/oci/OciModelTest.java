package dev.gatehouse.llb.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OciModelTest {
  @ParameterizedTest
  @CsvSource({
    "linux/amd64,linux/amd64",
    "linux/x86_64,linux/amd64",
    "linux/aarch64,linux/arm64",
    "linux/arm64/v8,linux/arm64",
    "linux/arm,linux/arm/v7",
    "linux/armhf,linux/arm/v7",
    "linux/arm/6,linux/arm/v6",
    "macos/arm64,darwin/arm64",
    "windows(10.0.17763)/amd64,windows(10.0.17763)/amd64",
    "windows(10.0+win32k)/amd64,windows(10.0+win32k)/amd64",
  })
  void platformsAreReadAndNormalised(String text, String normal) {
    assertThat(Platform.parse(text).normalized()).hasToString(normal);
  }

  @Test
  void whatIsNoPlatformIsRefused() {
    assertThatThrownBy(() -> Platform.parse("linux/*"))
        .hasMessageContaining("wildcards not yet supported");
    assertThatThrownBy(() -> Platform.parse("a/b/c/d"))
        .hasMessageContaining("cannot parse platform specifier");
    assertThatThrownBy(() -> Platform.parse("nonsense"))
        .hasMessage("\"nonsense\": unknown operating system or architecture: invalid argument");
  }

  @ParameterizedTest
  @CsvSource({
    "alpine,docker.io/library/alpine,alpine",
    "alpine:3.20,docker.io/library/alpine:3.20,alpine:3.20",
    "a/b,docker.io/a/b,a/b",
    "localhost/x,localhost/x,localhost/x",
    "host:5000/x:y,host:5000/x:y,host:5000/x:y",
    "index.docker.io/library/x,docker.io/library/x,x",
    "Host/x,Host/x,Host/x",
  })
  void referencesAreFilledIn(String text, String full, String familiar) {
    ImageReference reference = ImageReference.parse(text);
    assertThat(reference).hasToString(full);
    assertThat(reference.familiar()).isEqualTo(familiar);
  }

  @Test
  void whatIsNoReferenceIsRefused() {
    assertThatThrownBy(() -> ImageReference.parse("Alpine"))
        .hasMessage("invalid reference format: repository name (library/Alpine) must be lowercase");
    for (String text : List.of("", ":x", "a b", "a//b", "-a", "a:", "a@sha256:00")) {
      assertThatThrownBy(() -> ImageReference.parse(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> ImageReference.parse("a".repeat(64)))
        .hasMessageContaining("cannot specify 64-byte hexadecimal strings");
  }

  @Test
  void timesAreTheSameInEveryCountry() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG"));
    try {
      OffsetDateTime time = OffsetDateTime.parse("2020-01-02T03:04:05.600Z");
      assertThat(String.format("%d", 5)).as("this country's digits").isNotEqualTo("5");
      assertThat(ImageConfig.format(time)).isEqualTo("2020-01-02T03:04:05.6Z");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void configsAreWrittenInBuildKitsOrder() {
    String json =
        "{\"created\":\"2020-01-02T03:04:05.600Z\",\"author\":\"a<b\",\"architecture\":\"amd64\",\"os\":\"linux\","
            + "\"variant\":\"v2\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":null},\"history\":[{\"created_by\":\"x\","
            + "\"empty_layer\":true}],\"config\":{\"User\":\"u\",\"ExposedPorts\":{\"1/tcp\":{}},\"Env\":[\"A=b\"],"
            + "\"Labels\":{\"a\":\"1\",\"b\":\"2\"},\"ArgsEscaped\":true,\"Healthcheck\":{\"Test\":[\"NONE\"],\"Interval\":5},\"OnBuild\":[\"RUN"
            + " x\"],\"Shell\":[\"sh\"]}}";
    String written = new String(ImageConfig.parse(json.getBytes()).toBytes());
    assertThat(written).isEqualTo(json.replace("05.600Z", "05.6Z").replace("a<b", "a\\u003cb"));
    assertThat(
            ImageConfig.parse("{\"OS\":\"linux\",\"unknown\":[1.5e3]}".getBytes()).platform().os())
        .isEqualTo("linux");
  }

  @Test
  void configsThatAreNoneAreRefused() {
    for (String text :
        List.of(
            "[]",
            "{\"os\":1}",
            "{\"rootfs\":{\"diff_ids\":[\"x\"]}}",
            "{\"created\":\"yesterday\"}",
            "{\"config\":{\"Env\":[1]}}",
            "{",
            "{\"a\":1}x",
            "[".repeat(2000))) {
      assertThatThrownBy(() -> ImageConfig.parse(text.getBytes()))
          .as(text.substring(0, Math.min(40, text.length())))
          .isInstanceOf(JsonException.class);
    }
  }

  @Test
  void descriptorsGoThereAndBack() {
    Descriptor descriptor =
        new Descriptor("t", Digest.sha256("x"), 1)
            .withPlatform(Platform.LINUX_ARM64)
            .withAnnotations(java.util.Map.of("k", "v"));
    assertThat(Descriptor.fromJson(Json.parse(Json.write(descriptor.toJson()))))
        .isEqualTo(descriptor);
    assertThat(Digest.parse("sha256:00")).isEmpty();
    assertThat(Digest.parse("md5:" + "0".repeat(32))).isEmpty();
  }

  @Test
  void jsonIsWrittenAsGoWritesIt() {
    assertThat(Json.write(List.of("<&>\u2028\u0001\"\\\n\b", 1L, true)))
        .isEqualTo("[\"\\u003c\\u0026\\u003e\\u2028\\u0001\\\"\\\\\\n\\b\",1,true]");
    assertThat(Json.write(Json.parse("{\"a\":[1.50,-0,12345678901234567890,null]}")))
        .isEqualTo("{\"a\":[1.50,-0,12345678901234567890,null]}");
    assertThat(Json.write("\uD800x")).isEqualTo("\"\\ufffdx\"");
  }
}
