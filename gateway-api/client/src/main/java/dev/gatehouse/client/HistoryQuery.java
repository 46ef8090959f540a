package dev.gatehouse.client;

import java.util.List;

/**
 * Which builds of the history are wanted.
 *
 * @param activeOnly only those that run
 * @param reference only this one, or empty
 * @param follow whether to wait for further news
 * @param filters such as {@code status==error}
 * @param limit most builds, 0 for all
 */
public record HistoryQuery(
    boolean activeOnly, String reference, boolean follow, List<String> filters, int limit) {
  public HistoryQuery {
    filters = List.copyOf(filters);
  }

  /** All builds there are now. */
  public static HistoryQuery all() {
    return new HistoryQuery(false, "", false, List.of(), 0);
  }
}
