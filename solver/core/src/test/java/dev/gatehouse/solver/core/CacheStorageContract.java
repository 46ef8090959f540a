package dev.gatehouse.solver.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/**
 * What every {@link CacheStorage} does. A test of an implementation extends this and says how one
 * is made.
 */
public abstract class CacheStorageContract {
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000, 123_456_789);
  private static final Digest RUN = Digest.sha256("run");
  private static final CacheLink LINK = new CacheLink(0, 0, RUN, Optional.empty());

  /** The storage under test, empty at the beginning of each test. */
  protected abstract CacheStorage storage() throws Exception;

  @Test
  void unknownKeysAreEmpty() throws Exception {
    CacheStorage storage = storage();
    assertThat(storage.exists("a")).isFalse();
    assertThat(storage.links("a", LINK)).isEmpty();
    assertThat(storage.results("a")).isEmpty();
    assertThat(storage.backlinks("a")).isEmpty();
    assertThat(storage.keys("r")).isEmpty();
    assertThat(storage.resultIds()).isEmpty();
    storage.release("r");
  }

  @Test
  void resultsAreKeptWithTheirTime() throws Exception {
    CacheStorage storage = storage();
    storage.addResult("a", new CacheResult("r1", NOW));
    storage.addResult("a", new CacheResult("r2", NOW.plusNanos(1)));
    storage.addResult("b", new CacheResult("r1", NOW));
    assertThat(storage.exists("a")).isTrue();
    assertThat(storage.results("a"))
        .containsExactlyInAnyOrder(
            new CacheResult("r1", NOW), new CacheResult("r2", NOW.plusNanos(1)));
    assertThat(storage.keys("r1")).containsExactlyInAnyOrder("a", "b");
    assertThat(storage.resultIds()).containsExactlyInAnyOrder("r1", "r2");
  }

  @Test
  void aLaterRecordOfAResultReplacesTheEarlier() throws Exception {
    CacheStorage storage = storage();
    storage.addResult("a", new CacheResult("r", NOW));
    storage.addResult("a", new CacheResult("r", NOW.plusSeconds(1)));
    assertThat(storage.results("a")).containsExactly(new CacheResult("r", NOW.plusSeconds(1)));
  }

  @Test
  void linksAreTakenByAllTheirParts() throws Exception {
    CacheStorage storage = storage();
    Optional<Digest> selector = Optional.of(Digest.sha256("s"));
    storage.addLink("a", LINK, "x");
    storage.addLink("a", LINK, "y");
    storage.addLink("a", LINK, "x");
    storage.addLink("a", new CacheLink(1, 0, RUN, Optional.empty()), "second input");
    storage.addLink("a", new CacheLink(0, 1, RUN, Optional.empty()), "second output");
    storage.addLink("a", new CacheLink(0, 0, RUN, selector), "selected");
    storage.addLink("a", new CacheLink(0, 0, Digest.sha256("r2"), Optional.empty()), "other");
    assertThat(storage.links("a", LINK)).containsExactlyInAnyOrder("x", "y");
    assertThat(storage.links("a", new CacheLink(0, 0, RUN, selector))).containsExactly("selected");
    assertThat(storage.links("x", LINK)).isEmpty();
    assertThat(storage.exists("a")).isTrue();
    assertThat(storage.exists("x")).isFalse();
    assertThat(storage.backlinks("selected"))
        .containsExactly(new CacheStorage.Backlink("a", new CacheLink(0, 0, RUN, selector)));
  }

  @Test
  void releasingAResultDropsTheKeysThatLeadNowhere() throws Exception {
    CacheStorage storage = storage();
    storage.addLink("a", LINK, "b");
    storage.addLink("b", LINK, "c");
    storage.addLink("a", LINK, "d");
    storage.addResult("a", new CacheResult("ra", NOW));
    storage.addResult("c", new CacheResult("rc", NOW));
    storage.addResult("d", new CacheResult("rd", NOW));
    storage.release("rc");
    assertThat(storage.exists("b")).isFalse();
    assertThat(storage.exists("c")).isFalse();
    assertThat(storage.links("a", LINK)).containsExactly("d");
    assertThat(storage.backlinks("b")).isEmpty();
    storage.release("ra");
    assertThat(storage.exists("a")).isTrue();
    storage.release("rd");
    assertThat(storage.exists("a")).isFalse();
    assertThat(storage.resultIds()).isEmpty();
  }

  @Test
  void aKeyThatStillLeadsSomewhereStaysWithoutItsResult() throws Exception {
    CacheStorage storage = storage();
    storage.addResult("a", new CacheResult("ra", NOW));
    storage.addLink("a", LINK, "b");
    storage.addResult("b", new CacheResult("rb", NOW));
    storage.release("ra");
    assertThat(storage.results("a")).isEmpty();
    assertThat(storage.links("a", LINK)).containsExactly("b");
  }

  @Test
  void releasedResultsMayComeBack() throws Exception {
    CacheStorage storage = storage();
    storage.addResult("a", new CacheResult("r", NOW));
    storage.release("r");
    storage.addResult("a", new CacheResult("r", NOW));
    assertThat(storage.results("a")).containsExactly(new CacheResult("r", NOW));
  }

  @Test
  void manyThreadsMayAdd() throws Exception {
    CacheStorage storage = storage();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int t = 0; t < 8; t++) {
        int thread = t;
        threads.submit(() -> {
          for (int i = 0; i < 100; i++) {
            String key = "k" + thread + "." + i;
            storage.addLink("root", LINK, key);
            storage.addResult(key, new CacheResult("r" + key, NOW));
            if (storage.results(key).isEmpty() || !storage.links("root", LINK).contains(key)) {
              throw new AssertionError("an addition was not seen");
            }
          }
          return true;
        });
      }
    }
    assertThat(storage.links("root", LINK)).hasSize(800);
    assertThat(storage.resultIds()).hasSize(800);
  }
}
