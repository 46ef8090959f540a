package dev.gatehouse.client;

import dev.gatehouse.frontend.FrontendException;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * News of a build in the daemon's history.
 *
 * @param type what happened to it
 * @param reference id of the build
 * @param error absent unless it failed
 * @param logs descriptor of its log in the daemon's content store
 * @param trace descriptor of its trace
 */
public record HistoryEvent(
    Type type,
    String reference,
    String frontend,
    Map<String, String> frontendOptions,
    @Nullable Instant created,
    @Nullable Instant completed,
    @Nullable FrontendException error,
    Map<String, String> exporterResponse,
    @Nullable Blob logs,
    @Nullable Blob trace,
    boolean pinned,
    int cachedSteps,
    int completedSteps,
    int totalSteps,
    int warnings,
    int generation) {

  /** Kind of news. */
  public enum Type {
    STARTED,
    COMPLETED,
    DELETED
  }

  /** A blob in the daemon's content store. */
  public record Blob(String mediaType, String digest, long size) {}

  public HistoryEvent {
    frontendOptions = Map.copyOf(frontendOptions);
    exporterResponse = Map.copyOf(exporterResponse);
  }
}
