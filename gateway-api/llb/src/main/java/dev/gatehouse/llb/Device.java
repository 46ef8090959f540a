package dev.gatehouse.llb;

/**
 * A device by its name in the Container Device Interface, and whether the command runs without it.
 */
public record Device(String name, boolean optional) {}
