package dev.gatehouse.daemon.build;

import java.time.Instant;

/** Is told of builds that begin and end. */
public interface BuildObserver {
  void started(ActiveBuild build);

  /** The build has ended and all its progress is in; its caller waits for this to return. */
  void ended(ActiveBuild build, Instant at, ActiveBuild.Outcome outcome);
}
