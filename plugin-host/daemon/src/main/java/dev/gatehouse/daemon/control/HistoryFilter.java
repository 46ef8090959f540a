package dev.gatehouse.daemon.control;

import dev.gatehouse.daemon.config.GoDuration;
import dev.gatehouse.protocol.control.BuildHistoryRecord;
import dev.gatehouse.solver.store.Filter;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The filters of {@code ListenBuildHistory}: lists of conditions that must all hold, separated by
 * commas; of several lists one is enough.
 *
 * <p>{@code startedAt} and {@code completedAt} are compared, by {@code >=}, {@code <=}, {@code >}
 * or {@code <}, with a time or with how long ago it was, {@code duration} with a duration. The
 * other conditions are those of {@link Filter} on {@code ref}, {@code status} (running, completed,
 * error, canceled) and {@code repository}.
 */
final class HistoryFilter {
  private static final List<String> COMPARISONS = List.of(">=", "<=", ">", "<");
  private static final Pattern REMOTE =
      Pattern.compile("(?:(?:https?|git|ssh)://|[\\w.-]+@[\\w.-]+:).+");

  private HistoryFilter() {}

  /**
   * Whether a record passes one of the filters; with none, always.
   *
   * @param now what times that are given as durations count from
   * @throws IllegalArgumentException for what is no filter
   */
  static Predicate<BuildHistoryRecord> any(List<String> filters, Instant now) {
    List<Predicate<BuildHistoryRecord>> all = new ArrayList<>();
    for (String filter : filters) {
      all.add(one(filter, now));
    }
    return record -> all.isEmpty() || all.stream().anyMatch(filter -> filter.test(record));
  }

  private static Predicate<BuildHistoryRecord> one(String filter, Instant now) {
    List<String> others = new ArrayList<>();
    Predicate<BuildHistoryRecord> all = record -> true;
    for (String condition : conditions(filter)) {
      Optional<Predicate<BuildHistoryRecord>> comparison = comparison(condition, now);
      if (comparison.isPresent()) {
        all = all.and(comparison.get());
      } else {
        others.add(condition);
      }
    }
    try {
      return all.and(Filter.any(List.of(String.join(",", others)), HistoryFilter::field));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "failed to parse history filters " + filter + ": " + e.getMessage(), e);
    }
  }

  /** The fields of a line of comma-separated values; those in quotes may hold commas. */
  private static List<String> conditions(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"' && (quoted || field.isEmpty())) {
        if (quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
          field.append(c);
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (c == ',' && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    if (quoted) {
      throw new IllegalArgumentException("quote is not closed in history filter " + line);
    }
    fields.add(field.toString());
    return fields;
  }

  private static Optional<Predicate<BuildHistoryRecord>> comparison(String condition, Instant now) {
    for (String operator : COMPARISONS) {
      int at = condition.indexOf(operator);
      if (at >= 0) {
        return comparison(
            condition.substring(0, at), operator, condition.substring(at + operator.length()), now);
      }
    }
    return Optional.empty();
  }

  private static Optional<Predicate<BuildHistoryRecord>> comparison(
      String key, String operator, String value, Instant now) {
    return switch (key) {
      case "startedAt" -> {
        long limit = time(value, now);
        yield Optional.of(record -> holds(record.getCreatedAt().getSeconds(), operator, limit));
      }
      case "completedAt" -> {
        long limit = time(value, now);
        yield Optional.of(record -> holds(record.getCompletedAt().getSeconds(), operator, limit));
      }
      case "duration" -> {
        long limit =
            duration(value)
                .orElseThrow(() -> new IllegalArgumentException("invalid duration " + value))
                .toNanos();
        yield Optional.of(record -> holds(nanos(record), operator, limit));
      }
      default -> Optional.empty();
    };
  }

  private static boolean holds(long value, String operator, long limit) {
    return switch (operator) {
      case ">=" -> value >= limit;
      case "<=" -> value <= limit;
      case ">" -> value > limit;
      default -> value < limit;
    };
  }

  /** How long a build took; none if it has not ended. */
  private static long nanos(BuildHistoryRecord record) {
    return record.hasCompletedAt()
        ? Duration.between(
                HistoryRecords.instant(record.getCreatedAt()),
                HistoryRecords.instant(record.getCompletedAt()))
            .toNanos()
        : 0;
  }

  private static long time(String value, Instant now) {
    Optional<Duration> ago = duration(value);
    if (ago.isPresent()) {
      return now.minus(ago.get()).getEpochSecond();
    }
    try {
      return OffsetDateTime.parse(value).toEpochSecond();
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("invalid time " + value, e);
    }
  }

  private static Optional<Duration> duration(String value) {
    try {
      return Optional.of(GoDuration.parse(value));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> field(BuildHistoryRecord record, List<String> path) {
    return switch (path.get(0)) {
      case "ref" -> record.getRef().isEmpty() ? Optional.empty() : Optional.of(record.getRef());
      case "status" -> Optional.of(status(record));
      case "repository" -> repository(record);
      default -> Optional.empty();
    };
  }

  private static String status(BuildHistoryRecord record) {
    if (!record.hasCompletedAt()) {
      return "running";
    }
    if (!record.hasError()) {
      return "completed";
    }
    boolean cancelled =
        record.getError().getCode() == dev.gatehouse.frontend.StatusCode.CANCELLED.ordinal()
            || record.getError().getMessage().contains("context canceled");
    return cancelled ? "canceled" : "error";
  }

  private static Optional<String> repository(BuildHistoryRecord record) {
    String named = record.getFrontendAttrsMap().get("vcs:source");
    if (named != null) {
      return Optional.of(named);
    }
    String context = record.getFrontendAttrsMap().getOrDefault("context", "");
    return REMOTE.matcher(context).matches()
        ? Optional.of(context.replaceFirst("[#?].*", ""))
        : Optional.empty();
  }
}
