/**
 * The operations of LLB as the solver runs them.
 *
 * <p>{@link dev.gatehouse.solver.worker.op.LlbOperation} is what an operation of any kind does,
 * {@link dev.gatehouse.solver.worker.op.OperationContext} what it can reach, and {@link
 * dev.gatehouse.solver.worker.op.OperationRegistry} finds the kind of an operation's bytes.
 * Operations that touch files, processes or networks live in packages of their own and are plugged
 * in; only the seam and the operations that need nothing but the solver may enter.
 */
@NullMarked
package dev.gatehouse.solver.worker.op;

import org.jspecify.annotations.NullMarked;
