/**
 * A frontend that asks a process what to build: {@link dev.gatehouse.samples.fanout.Plan} names a
 * command that lists the parts of a project, {@link dev.gatehouse.samples.fanout.PartList} runs it
 * in a container, {@link dev.gatehouse.samples.fanout.FanOutFrontend} builds each part in a step of
 * its own.
 */
@NullMarked
package dev.gatehouse.samples.fanout;

import org.jspecify.annotations.NullMarked;
