package dev.gatehouse.frontend.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** The gateway in one process. */
class InProcessGatewayTest extends GatewayContract {
  @Override
  public void run(Frontend frontend, GatewayService service, GatewayClients.Facts facts)
      throws Exception {
    Result result = GatewayClients.run(frontend, service, facts);
    assertThat(result).isSameAs(service.result());
  }

  @Test
  void anExceptionOfTheFrontendIsTheSameObject() {
    FrontendException thrown = FrontendException.user("x");
    Assertions.assertThatThrownBy(() ->
            build(gateway -> {
              throw thrown;
            }))
        .isSameAs(thrown);
  }

  @Test
  void aBuildOfTenCallsCostsLittle() throws Exception {
    var definition = GatewayRun.image("docker.io/library/alpine");
    Frontend frontend =
        gateway -> {
          Result r = Result.empty();
          for (int i = 0; i < 8; i++) {
            r = gateway.solve(SolveRequest.of(definition));
          }
          r.singleReference().readFile("a");
          return r;
        };
    backend.files.put("a", new byte[100]);
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 300; round++) {
      try (GatewayService s = new GatewayService(backend)) {
        long start = System.nanoTime();
        GatewayClients.run(frontend, s, new GatewayClients.Facts(Map.of(), "", "", List.of()));
        best = Math.min(best, System.nanoTime() - start);
      }
    }
    System.out.println("in-process build of 10 calls: " + best / 1000 + " us");
    // Generous: the machine is shared. The price of the protocol must stay far below a conversion's
    // 2 ms.
    assertThat(best).isLessThan(20_000_000);
  }
}
