package dev.gatehouse.llb;

import dev.gatehouse.llb.oci.Platform;
import org.jspecify.annotations.Nullable;

/** One of the results of a vertex, and the platform that a state on it takes over. */
record Output(Vertex vertex, int index, @Nullable Platform platform) {}
