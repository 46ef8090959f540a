package dev.gatehouse.llb;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.protocol.pb.Op;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A build graph in the form that travels: the bytes of its operations, inputs before users, with
 * what is said about each.
 *
 * <p>The last operation has inputs only and marks the output. A definition without operations is
 * scratch. Bytes are kept as they came: a digest is of these bytes, never of an encoding made
 * again.
 *
 * @param ops the bytes of each {@code pb.Op}, not to be changed
 * @param metadata what is said about operations, by digest
 * @param sources files that the operations come from
 * @param locations where in these files each operation comes from, by digest
 */
public record Definition(
    List<byte[]> ops,
    Map<Digest, OpMetadata> metadata,
    List<SourceMap> sources,
    Map<Digest, List<SourceLocation>> locations) {

  /** The definition of an empty file system. */
  public static final Definition SCRATCH = new Definition(List.of(), Map.of(), List.of(), Map.of());

  public Definition {
    ops = List.copyOf(ops);
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    sources = List.copyOf(sources);
    locations = Collections.unmodifiableMap(new LinkedHashMap<>(locations));
  }

  /** Whether it has no operations. */
  public boolean isScratch() {
    return ops.isEmpty();
  }

  /** Digests of the operations, in order. */
  public List<Digest> digests() {
    List<Digest> digests = new ArrayList<>(ops.size());
    for (byte[] op : ops) {
      digests.add(Digest.sha256(op));
    }
    return digests;
  }

  /** The digest of the vertex whose output this is; nothing for scratch. */
  public Optional<Digest> head() {
    return output().map(Output::vertex);
  }

  /** The output that the last operation marks; nothing for scratch. */
  public Optional<Output> output() {
    if (ops.isEmpty()) {
      return Optional.empty();
    }
    try {
      Op last = Op.parseFrom(ops.get(ops.size() - 1));
      if (last.getInputsCount() == 0) {
        return Optional.empty();
      }
      return Optional.of(
          new Output(
              new Digest(last.getInputs(0).getDigest()),
              Math.toIntExact(last.getInputs(0).getIndex())));
    } catch (InvalidProtocolBufferException | IllegalArgumentException | ArithmeticException e) {
      throw new LlbException("the last operation of the definition cannot be read", e);
    }
  }

  /** The bytes of {@code pb.Definition}, maps in order of their keys. */
  public byte[] toBytes() {
    return DefinitionCodec.encode(this);
  }

  /**
   * What {@link dev.gatehouse.llb.json.Json} writes of it, as BuildKit's request {@code
   * frontend.convertllb} answers: operations and metadata by digest, and the source map.
   *
   * @throws LlbException if an operation cannot be read
   */
  public Map<String, Object> toJson() {
    return ConvertedJson.of(this);
  }

  /**
   * Reads the bytes of a {@code pb.Definition}.
   *
   * @throws LlbException if they are none
   */
  public static Definition parse(byte[] bytes) {
    return DefinitionCodec.decode(bytes);
  }

  /** One of the results of a vertex. */
  public record Output(Digest vertex, int index) {}
}
