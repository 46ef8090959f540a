package dev.gatehouse.frontend.server;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What the process test runs. */
public final class HelloFrontend implements Frontend {
  @Override
  public Result build(GatewayClient gateway) throws FrontendException, InterruptedException {
    System.out.println("a careless print");
    if (gateway.options().option("fail").isPresent()) {
      throw FrontendException.user(
          "no good",
          new SourceMap("F", "", "x".getBytes(StandardCharsets.UTF_8), null),
          List.of(SourceRange.lines(1, 1)));
    }
    Result r = gateway.solve(SolveRequest.of(GatewayRun.image("alpine")));
    byte[] file = r.singleReference().readFile("a");
    return r.toBuilder()
        .metadata("said", file)
        .metadata("session", gateway.options().sessionId())
        .build();
  }
}
