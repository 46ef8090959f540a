package dev.gatehouse.llb;

import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.SourceOp;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An operation that brings files from outside. */
final class SourceVertex extends Vertex {
  private static final String SESSION = "local.session";
  private static final String UNIQUE = "local.unique";

  private final String identifier;
  private final Map<String, String> attributes;
  private final Constraints constraints;

  SourceVertex(String identifier, Map<String, String> attributes, Constraints constraints) {
    if (identifier.isEmpty()) {
      throw new LlbException("source identifier can't be empty");
    }
    this.identifier = identifier;
    this.attributes = new TreeMap<>(attributes);
    this.constraints = constraints;
  }

  static State state(String identifier, Map<String, String> attributes, Constraints constraints) {
    return State.of(
        new Output(
            new SourceVertex(identifier, attributes, constraints), 0, constraints.platform()));
  }

  @Override
  List<Output> inputs() {
    return List.of();
  }

  @Override
  Encoded encode(Marshaller marshaller) {
    Map<String, String> attrs = attributes;
    Constraints c = constraints;
    if (identifier.startsWith("local://") && !attrs.containsKey(SESSION)) {
      attrs = new TreeMap<>(attrs);
      attrs.put(UNIQUE, marshaller.options().localUniqueId());
      c = c.withCapability(Capability.SOURCE_LOCAL_UNIQUE);
    }
    boolean platformSpecific =
        identifier.startsWith("docker-image://") || identifier.startsWith("oci-layout://");
    Op.Builder op = marshaller.op(c, platformSpecific);
    op.setSource(SourceOp.newBuilder().setIdentifier(identifier).putAllAttrs(attrs));
    return Encoded.of(op, c.metadata(), c.locations());
  }
}
