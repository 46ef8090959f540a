/**
 * Benchmarks of the solver that are run by hand, not by the tests.
 *
 * <p>{@link dev.gatehouse.solver.bench.StepCosts} counts what a build step costs in system calls of
 * this process, {@link dev.gatehouse.solver.bench.CallLog} reads what strace(1) wrote. Counts do
 * not depend on the load of the machine; what measures time belongs here too, and says so.
 */
@NullMarked
package dev.gatehouse.solver.bench;

import org.jspecify.annotations.NullMarked;
