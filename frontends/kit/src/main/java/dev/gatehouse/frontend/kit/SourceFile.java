package dev.gatehouse.frontend.kit;

import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.oci.Digest;

/**
 * The file that a frontend converts.
 *
 * @param map its name and content, and the definition that loads it
 * @param vertex the operation that loads it, which warnings belong to
 */
public record SourceFile(SourceMap map, Digest vertex) {}
