/**
 * One machine that solves LLB: it reads definitions, evaluates them through the solver core, and
 * keeps what came out.
 *
 * <p>{@link dev.gatehouse.solver.worker.Worker} is the machine, {@link
 * dev.gatehouse.solver.worker.Build} one build on it, and {@link
 * dev.gatehouse.solver.worker.WorkerReference} a result, solved when it is needed. Operations,
 * sources and exporters have packages of their own below; only what ties them together may enter
 * here.
 */
@NullMarked
package dev.gatehouse.solver.worker;

import org.jspecify.annotations.NullMarked;
