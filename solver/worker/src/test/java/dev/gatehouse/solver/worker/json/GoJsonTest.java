package dev.gatehouse.solver.worker.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class GoJsonTest {
  @Test
  void writesAsGoDoes() {
    byte[] json =
        GoJson.object(o ->
            o.text("Empty", "")
                .optText("none", "")
                .text("Text", "<a&b>\u2028\u0001\"\\\b\f\n\ud83d\ude00\ud83d")
                .optNumber("zero", 0)
                .number("Zero", 0)
                .optFlag("no", false)
                .optFlag("yes", true)
                .optTexts("list", List.of("x", "y"))
                .objects("nil", List.<String>of(), (e, v) -> e.text("n", v))
                .optObjects("some", List.of("z"), (e, v) -> e.optText("n", v))
                .nested("empty", e -> {}));
    assertThat(new String(json, StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"Empty\":\"\",\"Text\":\"\\u003ca\\u0026b\\u003e\\u2028\\u0001\\\"\\\\\\b\\f\\n\ud83d\ude00\\ufffd\","
                + "\"Zero\":0,\"yes\":true,\"list\":[\"x\",\"y\"],\"nil\":null,\"some\":[{\"n\":\"z\"}],\"empty\":{}}");
  }
}
