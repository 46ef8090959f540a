package dev.gatehouse.testkit;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.LocalSource;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import dev.gatehouse.llb.State;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** A language of two words, each of which becomes a command. */
final class WordsFrontend implements Frontend {
  private static final Set<String> WORDS = Set.of("hello", "world");

  @Override
  public Result build(GatewayClient gateway) throws FrontendException, InterruptedException {
    MarshalOptions options = MarshalOptions.defaults();
    byte[] text =
        gateway
            .solve(
                SolveRequest.of(
                    LocalSource.of("context")
                        .session(gateway.options().sessionId())
                        .state()
                        .marshal(options)))
            .singleReference()
            .readFile("Wordfile");
    String[] lines = new String(text, StandardCharsets.UTF_8).split("\n");
    State state = ImageSource.of("docker.io/library/alpine").state();
    for (int i = 0; i < lines.length; i++) {
      if (!WORDS.contains(lines[i])) {
        throw FrontendException.builder(FrontendException.Category.USER, "unknown word " + lines[i])
            .hint("words are hello and world")
            .source(
                new SourceMap("Wordfile", "", text, null), List.of(SourceRange.lines(i + 1, i + 1)))
            .build();
      }
      state = state.run().args(List.of("echo", lines[i])).build().root();
    }
    if (lines.length > 1) {
      gateway.warn(Warning.of("many words"));
    }
    if (gateway.options().option("pin").isPresent()) {
      gateway.resolveImageConfig("docker.io/library/alpine", ImageResolveOptions.defaults());
    }
    return gateway.solve(SolveRequest.of(state.marshal(options))).toBuilder()
        .metadata("words", String.valueOf(lines.length))
        .build();
  }
}
