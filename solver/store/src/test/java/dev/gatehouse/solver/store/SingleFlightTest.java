package dev.gatehouse.solver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class SingleFlightTest {
  private final SingleFlight<String> flights = new SingleFlight<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);
  private final AtomicInteger runs = new AtomicInteger();

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  /** Starts a task, and another who wants the same; then the task ends as said. */
  private Future<?> second(SingleFlight.Task end) throws Exception {
    threads.submit(() -> {
      flights.run(
          "key",
          () -> {
            begun.countDown();
            go.await();
            end.run();
          });
      return true;
    });
    begun.await();
    Future<?> second =
        threads.submit(() -> {
          flights.run("key", runs::incrementAndGet);
          return true;
        });
    while (flights.waiting("key") == 0) {
      Thread.sleep(1);
    }
    go.countDown();
    return second;
  }

  @ParameterizedTest
  @ValueSource(strings = {"interrupted", "a channel closed by it", "an error while interrupted"})
  void whoeverWaitsTakesOverFromOneThatIsInterrupted(String how) throws Exception {
    Future<?> second =
        second(() -> {
          switch (how) {
            case "interrupted" -> throw new InterruptedException();
            case "a channel closed by it" -> throw new ClosedByInterruptException();
            default -> {
              Thread.currentThread().interrupt();
              throw new IOException("cancelled");
            }
          }
        });
    second.get();
    assertThat(runs).hasValue(1);
  }

  @Test
  void aFailureIsSharedByAllWhoWait() throws Exception {
    Future<?> second =
        second(() -> {
          throw new IOException("no such layer");
        });
    assertThatThrownBy(second::get).hasRootCauseMessage("no such layer");
    assertThat(runs).hasValue(0);
  }
}
