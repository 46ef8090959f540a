package dev.gatehouse.daemon;

import dev.gatehouse.daemon.build.ActiveBuild;
import dev.gatehouse.daemon.build.BuildObserver;
import java.time.Instant;

/** Keeps the history and has garbage collected after each build. */
record CollectingObserver(BuildObserver history, Collector collector) implements BuildObserver {
  @Override
  public void started(ActiveBuild build) {
    history.started(build);
  }

  @Override
  public void ended(ActiveBuild build, Instant at, ActiveBuild.Outcome outcome) {
    history.ended(build, at, outcome);
    collector.request();
  }
}
