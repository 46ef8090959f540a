package dev.gatehouse.solver.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which records to remove: a function of records, policy, free space and time, and of nothing else.
 * A record goes only after all that are built upon it.
 */
public final class GarbageCollector {
  private GarbageCollector() {}

  /**
   * A record as collection sees it.
   *
   * @param usage with its size
   * @param held whether a handle is open
   */
  public record Candidate(UsageRecord usage, boolean held) {}

  /**
   * The ids of the records to remove, in this order.
   *
   * <p>With bounds, records go one by one, least recently and least often used first, until all
   * records together are within the bound; without, all that match go.
   *
   * @param free bytes of the file system
   */
  public static List<String> select(
      List<Candidate> candidates, GcPolicy policy, long free, Instant now) {
    Predicate<UsageRecord> filter = Filter.any(policy.filters());
    Map<String, Candidate> records = new HashMap<>();
    Map<String, Integer> children = new HashMap<>();
    long total = 0;
    for (Candidate c : candidates) {
      records.put(c.usage().id(), c);
      c.usage().parents().forEach(p -> children.merge(p, 1, Integer::sum));
      if (!c.usage().shared()) {
        total += Math.max(0, c.usage().size());
      }
    }
    long keep = keepBytes(policy, total, free);
    Instant cutOff = now.minus(policy.keepDuration());
    List<UsageRecord> ready = new ArrayList<>();
    for (Candidate c : candidates) {
      if (isCandidate(c, children, policy, filter, cutOff)) {
        ready.add(c.usage());
      }
    }
    List<String> chosen = new ArrayList<>();
    Set<String> gone = new HashSet<>();
    while (!ready.isEmpty() && (keep == 0 || total >= keep)) {
      if (keep != 0) {
        sort(ready);
      }
      UsageRecord next = ready.removeFirst();
      if (!gone.add(next.id())) {
        continue;
      }
      chosen.add(next.id());
      total -= Math.max(0, next.size());
      for (String p : next.parents()) {
        int left = children.merge(p, -1, Integer::sum);
        Candidate parent = records.get(p);
        if (left == 0 && parent != null && isCandidate(parent, children, policy, filter, cutOff)) {
          ready.add(parent.usage());
        }
      }
    }
    return chosen;
  }

  private static boolean isCandidate(
      Candidate c,
      Map<String, Integer> children,
      GcPolicy policy,
      Predicate<UsageRecord> filter,
      Instant cutOff) {
    UsageRecord u = c.usage();
    if (c.held() || children.getOrDefault(u.id(), 0) > 0) {
      return false;
    }
    if (!policy.all()
        && (u.shared()
            || u.recordType() == RecordType.INTERNAL
            || u.recordType() == RecordType.FRONTEND)) {
      return false;
    }
    if (!policy.keepDuration().isZero()
        && u.lastUsedAt().isPresent()
        && u.lastUsedAt().get().isAfter(cutOff)) {
      return false;
    }
    return filter.test(u);
  }

  /** How much may stay; 0 for no bound. */
  static long keepBytes(GcPolicy policy, long total, long free) {
    if (policy.maxUsedSpace() == 0 && policy.reservedSpace() == 0 && policy.minFreeSpace() == 0) {
      return 0;
    }
    long keep = policy.maxUsedSpace();
    long excess = policy.minFreeSpace() - free;
    if (excess > 0) {
      keep = keep == 0 ? total - excess : Math.min(keep, total - excess);
    } else if (policy.minFreeSpace() != 0 && keep == 0) {
      keep = total;
    }
    return Math.max(keep, policy.reservedSpace());
  }

  /** By the sum of the ranks in time of use and number of uses, both from 0 to 1. */
  private static void sort(List<UsageRecord> records) {
    Map<String, Double> byTime =
        ranks(
            records,
            Comparator.comparing((UsageRecord r) -> r.lastUsedAt().orElse(Instant.MIN)),
            (a, b) -> a.lastUsedAt().equals(b.lastUsedAt()));
    Map<String, Double> byCount =
        ranks(
            records,
            Comparator.comparingInt(UsageRecord::usageCount),
            (a, b) -> a.usageCount() == b.usageCount());
    records.sort(
        Comparator.comparingDouble((UsageRecord r) ->
                byTime.getOrDefault(r.id(), 0.0) + byCount.getOrDefault(r.id(), 0.0))
            .thenComparing(r -> r.lastUsedAt().orElse(Instant.MIN)));
  }

  private interface Same {
    boolean test(UsageRecord a, UsageRecord b);
  }

  private static Map<String, Double> ranks(
      List<UsageRecord> records, Comparator<UsageRecord> order, Same same) {
    List<UsageRecord> sorted = new ArrayList<>(records);
    sorted.sort(order);
    Map<String, Integer> rank = new HashMap<>();
    int current = 1;
    for (int i = 0; i < sorted.size(); i++) {
      if (i > 0 && !same.test(sorted.get(i - 1), sorted.get(i))) {
        current++;
      }
      rank.put(sorted.get(i).id(), current);
    }
    Map<String, Double> scaled = new HashMap<>();
    double max = current;
    rank.forEach((id, r) -> scaled.put(id, r / max));
    return scaled;
  }
}
