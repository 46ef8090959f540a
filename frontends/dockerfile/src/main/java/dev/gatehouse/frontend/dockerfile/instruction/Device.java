package dev.gatehouse.frontend.dockerfile.instruction;

/**
 * {@code RUN --device=name[,required]}.
 *
 * @param name a CDI device name
 */
public record Device(String name, boolean required) {}
