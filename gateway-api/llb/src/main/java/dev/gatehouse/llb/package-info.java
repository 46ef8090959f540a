/**
 * LLB, the low-level build graph: {@link dev.gatehouse.llb.State} builds one, {@link
 * dev.gatehouse.llb.Definition} is one in the form that travels, {@link dev.gatehouse.llb.LlbGraph}
 * reads one.
 *
 * <p>What a state marshals to is byte for byte what BuildKit's Go client marshals for the same
 * graph. Nothing here evaluates an operation or talks to a daemon; protobuf types stay inside
 * method bodies.
 */
@NullMarked
package dev.gatehouse.llb;

import org.jspecify.annotations.NullMarked;
