package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.outline.Outline;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts together what a target and the stages that it needs can be given. */
final class OutlineCollector {
  private OutlineCollector() {}

  static Outline collect(StageState target, byte[] source) {
    Map<String, Outline.Arg> known = new HashMap<>();
    List<Outline.Arg> arguments = new ArrayList<>();
    Map<String, Outline.Credential> secrets = new HashMap<>();
    Map<String, Outline.Credential> sockets = new HashMap<>();
    for (StageState state : StagePlan.reachable(target)) {
      state.captures.collect(known, arguments);
      state.captures.secrets.forEach(secrets::putIfAbsent);
      state.captures.sockets.forEach(sockets::putIfAbsent);
    }
    return new Outline(
        target.stage.name(),
        target.stage.description(),
        arguments,
        List.copyOf(secrets.values()),
        List.copyOf(sockets.values()),
        source);
  }
}
