package dev.gatehouse.solver.worker;

import dev.gatehouse.solver.core.ProgressSink;
import dev.gatehouse.solver.worker.session.SessionGroup;

/**
 * What a build is begun with.
 *
 * @param facts what its operations must heed
 * @param sessions its clients
 * @param progress where its progress goes
 */
public record BuildRequest(BuildFacts facts, SessionGroup sessions, ProgressSink progress) {}
