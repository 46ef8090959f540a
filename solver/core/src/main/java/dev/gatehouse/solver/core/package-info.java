/**
 * The solver core: decides which operations of a build graph run, and runs each at most once.
 *
 * <p>A graph is made of {@link dev.gatehouse.solver.core.Vertex vertices} joined by {@link
 * dev.gatehouse.solver.core.Edge edges}. A {@link dev.gatehouse.solver.core.Solver} evaluates edges
 * for any number of builds ({@link dev.gatehouse.solver.core.Job}) at once; what an operation is,
 * it learns only from an {@link dev.gatehouse.solver.core.Executor}, and what a result is, only
 * from a {@link dev.gatehouse.solver.core.ResultType}. What was built before it finds through
 * {@link dev.gatehouse.solver.core.CacheStorage} and {@link
 * dev.gatehouse.solver.core.ResultStorage}.
 *
 * <p>Only what is true of every build graph may enter: no files, containers, hosts, LLB or wire
 * format.
 */
@NullMarked
package dev.gatehouse.solver.core;

import org.jspecify.annotations.NullMarked;
