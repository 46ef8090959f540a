package dev.gatehouse.llb;

/**
 * A group that the progress of several vertices is shown as.
 *
 * @param id equal for the members of a group
 * @param name what is shown
 * @param weak whether a member with a group of its own leaves this one
 */
public record ProgressGroup(String id, String name, boolean weak) {}
