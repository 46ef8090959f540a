package dev.gatehouse.solver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GarbageCollectorTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private final List<GarbageCollector.Candidate> records = new ArrayList<>();

  private void record(String id, long size, int hoursAgo, RecordType type, String... parents) {
    record(id, size, hoursAgo, 1, type, false, parents);
  }

  private void record(
      String id,
      long size,
      int hoursAgo,
      int uses,
      RecordType type,
      boolean held,
      String... parents) {
    records.add(
        new GarbageCollector.Candidate(
            new UsageRecord(
                id,
                type == RecordType.CACHE_MOUNT,
                held,
                size,
                List.of(parents),
                NOW.minus(Duration.ofDays(100)),
                Optional.of(NOW.minus(Duration.ofHours(hoursAgo))),
                uses,
                "made by " + id,
                type,
                false),
            held));
  }

  private List<String> select(GcPolicy policy, long free) {
    return GarbageCollector.select(records, policy, free, NOW);
  }

  private static GcPolicy policy(
      boolean all, List<String> filters, Duration keep, long reserved, long max, long free) {
    return new GcPolicy(all, filters, keep, reserved, max, free);
  }

  @Test
  void withoutBoundsAllUnusedGoChildrenFirst() {
    record("base", 10, 1, RecordType.REGULAR);
    record("child", 10, 1, RecordType.REGULAR, "base");
    record("grandchild", 10, 1, RecordType.REGULAR, "child");
    record("held", 10, 1, 1, RecordType.REGULAR, true);
    record("internal", 10, 1, RecordType.INTERNAL);
    assertThat(select(policy(false, List.of(), Duration.ZERO, 0, 0, 0), 0))
        .containsExactly("grandchild", "child", "base");
    assertThat(select(policy(true, List.of(), Duration.ZERO, 0, 0, 0), 0)).contains("internal");
  }

  @Test
  void keepsWhatAHeldChildNeeds() {
    record("base", 10, 1, RecordType.REGULAR);
    record("child", 10, 1, 1, RecordType.REGULAR, true, "base");
    assertThat(select(policy(true, List.of(), Duration.ZERO, 0, 0, 0), 0)).isEmpty();
  }

  @Test
  void keepDurationProtectsTheRecentlyUsed() {
    record("old", 10, 50, RecordType.REGULAR);
    record("new", 10, 47, RecordType.REGULAR);
    assertThat(select(policy(false, List.of(), Duration.ofHours(48), 0, 0, 0), 0))
        .containsExactly("old");
  }

  @Test
  void maximumGoesFromTheLeastRecentlyUsedUntilBelow() {
    for (int i = 0; i < 10; i++) {
      record("r" + i, 10, i + 1, RecordType.REGULAR);
    }
    assertThat(select(policy(false, List.of(), Duration.ZERO, 0, 75, 0), 0))
        .containsExactly("r9", "r8", "r7");
    assertThat(select(policy(false, List.of(), Duration.ZERO, 90, 75, 0), 0))
        .as("reserved space wins")
        .containsExactly("r9", "r8");
    assertThat(select(policy(false, List.of(), Duration.ZERO, 0, 1000, 0), 0)).isEmpty();
  }

  @Test
  void oftenUsedStaysLonger() {
    record("often", 10, 3, 100, RecordType.REGULAR, false);
    record("once", 10, 2, 1, RecordType.REGULAR, false);
    record("twice", 10, 1, 2, RecordType.REGULAR, false);
    assertThat(select(policy(false, List.of(), Duration.ZERO, 0, 25, 0), 0))
        .containsExactly("once");
  }

  @Test
  void minimumFreeFreesJustEnough() {
    for (int i = 0; i < 10; i++) {
      record("r" + i, 10, i + 1, RecordType.REGULAR);
    }
    assertThat(select(policy(false, List.of(), Duration.ZERO, 0, 0, 500), 500)).hasSize(1);
    assertThat(select(policy(false, List.of(), Duration.ZERO, 0, 0, 500), 485))
        .containsExactly("r9", "r8");
    assertThat(
            GarbageCollector.keepBytes(
                policy(false, List.of(), Duration.ZERO, 0, 80, 500), 100, 490))
        .isEqualTo(80);
  }

  @Test
  void filtersChoose() {
    record("a", 10, 1, RecordType.LOCAL_SOURCE);
    record("b", 10, 1, RecordType.CACHE_MOUNT);
    record("c", 10, 1, RecordType.REGULAR);
    assertThat(
            select(
                policy(
                    false,
                    List.of("type==source.local", "type==exec.cachemount"),
                    Duration.ZERO,
                    0,
                    0,
                    0),
                0))
        .containsExactlyInAnyOrder("a", "b");
    assertThat(select(policy(false, List.of("mutable"), Duration.ZERO, 0, 0, 0), 0))
        .containsExactly("b");
    assertThat(
            select(
                policy(false, List.of("id~=^[ab]$,type!=source.local"), Duration.ZERO, 0, 0, 0), 0))
        .containsExactly("b");
    assertThat(
            select(policy(false, List.of("description==\"made by c\""), Duration.ZERO, 0, 0, 0), 0))
        .containsExactly("c");
    assertThatThrownBy(() -> select(policy(false, List.of("==x"), Duration.ZERO, 0, 0, 0), 0))
        .hasMessage(
            "filters: parse error: [ >|=|< =x]: expected field or quoted: invalid argument");
  }

  @Test
  void aThousandDeepChain() {
    record("r0", 10, 1, RecordType.REGULAR);
    for (int i = 1; i < 1000; i++) {
      record("r" + i, 10, 1, RecordType.REGULAR, "r" + (i - 1));
    }
    assertThat(select(policy(false, List.of(), Duration.ZERO, 0, 0, 0), 0)).hasSize(1000);
  }
}
