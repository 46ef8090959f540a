package dev.gatehouse.solver.worker.op;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.Digest;
import java.util.Map;

/**
 * An operation of a definition as it came, after source policies.
 *
 * @param vertex the digest of the vertex
 * @param op the {@code pb.Op} message
 * @param metadata the {@code pb.OpMetadata} message, empty bytes if the definition has none for it
 * @param platform the platform that the operation is for, the worker's where the definition names
 *     none
 * @param description the texts that the definition gives to the vertex, such as {@code
 *     llb.customname}
 */
@SuppressWarnings("ArrayRecordComponent") // wire messages, which nobody compares
public record OperationRequest(
    Digest vertex, byte[] op, byte[] metadata, Platform platform, Map<String, String> description) {
  public OperationRequest {
    description = Map.copyOf(description);
  }
}
