package dev.gatehouse.llb;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.protocol.pb.ExecOp;
import dev.gatehouse.protocol.pb.FileAction;
import dev.gatehouse.protocol.pb.Input;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.protocol.pb.Op;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A definition opened for reading: its operations in order, what each needs, and its printed forms.
 *
 * <p>The JSON has the shape that {@code buildctl debug dump-llb} prints: a line for each operation.
 */
public final class LlbGraph {
  /** What an operation does. */
  public enum Kind {
    SOURCE,
    EXEC,
    FILE,
    BUILD,
    MERGE,
    DIFF,
    PASSTHROUGH,
    /** The mark of the output, which has inputs only. */
    OUTPUT
  }

  /**
   * An operation.
   *
   * @param digest digest of its bytes
   * @param kind what it does
   * @param inputs outputs of other operations that it needs
   * @param label a short text: identifier, command or changes
   * @param metadata what is said about it
   * @param locations where it comes from
   * @param json the operation as {@link Json} writes it, with Go's names
   */
  public record Node(
      Digest digest,
      Kind kind,
      List<Definition.Output> inputs,
      String label,
      OpMetadata metadata,
      List<SourceLocation> locations,
      Map<String, Object> json) {}

  private final List<Node> nodes;
  private final Map<Digest, Node> byDigest = new LinkedHashMap<>();
  private final List<Op> ops;

  private LlbGraph(List<Node> nodes, List<Op> ops) {
    this.nodes = List.copyOf(nodes);
    this.ops = ops;
    nodes.forEach(node -> byDigest.put(node.digest(), node));
  }

  /**
   * Makes what the first graph needs and later ones share: the descriptors of all operations. That
   * takes about as long as a small file's conversion, so a short program has a thread do it
   * meanwhile; no other need call this.
   */
  public static void prepare() {
    Op.getDescriptor();
  }

  /**
   * Opens a definition.
   *
   * @throws LlbException if an operation cannot be read
   */
  public static LlbGraph of(Definition definition) {
    List<Node> nodes = new ArrayList<>();
    List<Op> ops = new ArrayList<>();
    for (byte[] bytes : definition.ops()) {
      Op op;
      try {
        op = Op.parseFrom(bytes);
      } catch (InvalidProtocolBufferException e) {
        throw new LlbException("failed to parse op: " + e.getMessage(), e);
      }
      Digest digest = Digest.sha256(bytes);
      List<Definition.Output> inputs = new ArrayList<>();
      for (Input input : op.getInputsList()) {
        inputs.add(
            new Definition.Output(
                Digest.parse(input.getDigest())
                    .orElseThrow(() -> new LlbException("input of " + digest + " names no digest")),
                (int) input.getIndex()));
      }
      ops.add(op);
      nodes.add(
          new Node(
              digest,
              kind(op),
              inputs,
              label(digest, op),
              definition.metadata().getOrDefault(digest, OpMetadata.NONE),
              definition.locations().getOrDefault(digest, List.of()),
              json(op)));
    }
    return new LlbGraph(nodes, ops);
  }

  /** The operations, inputs before users. */
  public List<Node> nodes() {
    return nodes;
  }

  /** The operation of that digest. */
  public Optional<Node> node(Digest digest) {
    return Optional.ofNullable(byDigest.get(digest));
  }

  private static Kind kind(Op op) {
    return switch (op.getOpCase()) {
      case SOURCE -> Kind.SOURCE;
      case EXEC -> Kind.EXEC;
      case FILE -> Kind.FILE;
      case BUILD -> Kind.BUILD;
      case MERGE -> Kind.MERGE;
      case DIFF -> Kind.DIFF;
      case PASSTHROUGH -> Kind.PASSTHROUGH;
      case OP_NOT_SET -> Kind.OUTPUT;
    };
  }

  private static String label(Digest digest, Op op) {
    return switch (op.getOpCase()) {
      case SOURCE -> op.getSource().getIdentifier();
      case EXEC -> String.join(" ", op.getExec().getMeta().getArgsList());
      case BUILD -> "build";
      case MERGE -> "merge";
      case DIFF -> "diff";
      case PASSTHROUGH -> "passthrough";
      case FILE ->
          String.join(",", op.getFile().getActionsList().stream().map(LlbGraph::label).toList());
      case OP_NOT_SET -> digest.value();
    };
  }

  private static String label(FileAction action) {
    return switch (action.getActionCase()) {
      case COPY ->
          "copy{src=" + action.getCopy().getSrc() + ", dest=" + action.getCopy().getDest() + "}";
      case MKFILE -> "mkfile{path=" + action.getMkfile().getPath() + "}";
      case MKDIR -> "mkdir{path=" + action.getMkdir().getPath() + "}";
      case RM -> "rm{path=" + action.getRm().getPath() + "}";
      case SYMLINK ->
          "symlink{oldpath="
              + action.getSymlink().getOldpath()
              + ", newpath="
              + action.getSymlink().getNewpath()
              + "}";
      case ACTION_NOT_SET -> "";
    };
  }

  /** A line of JSON for each operation: {@code {"Op":…,"Digest":…,"OpMetadata":…}}. */
  public String toJsonLines() {
    StringBuilder out = new StringBuilder();
    for (Node node : nodes) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("Op", node.json());
      line.put("Digest", node.digest().value());
      line.put("OpMetadata", json(node.metadata()));
      out.append(Json.write(line)).append('\n');
    }
    return out.toString();
  }

  /** The graph in the language of Graphviz. */
  public String toDot() {
    StringBuilder out = new StringBuilder("digraph {\n");
    for (Node node : nodes) {
      String shape =
          switch (node.kind()) {
            case SOURCE -> "ellipse";
            case EXEC -> "box";
            case BUILD -> "box3d";
            case MERGE -> "invtriangle";
            case DIFF -> "doublecircle";
            case FILE -> "note";
            case PASSTHROUGH, OUTPUT -> "plaintext";
          };
      out.append("  ")
          .append(quote(node.digest().value()))
          .append(" [label=")
          .append(quote(node.label()))
          .append(" shape=")
          .append(quote(shape))
          .append("];\n");
    }
    for (int n = 0; n < nodes.size(); n++) {
      Node node = nodes.get(n);
      for (int i = 0; i < node.inputs().size(); i++) {
        out.append("  ")
            .append(quote(node.inputs().get(i).vertex().value()))
            .append(" -> ")
            .append(quote(node.digest().value()))
            .append(" [label=")
            .append(quote(mountOf(ops.get(n).getExec(), i)))
            .append("];\n");
      }
    }
    return out.append("}\n").toString();
  }

  private static String mountOf(ExecOp exec, int input) {
    String label = "";
    for (Mount mount : exec.getMountsList()) {
      if (mount.getInput() == input && !mount.getDest().equals("/")) {
        label = mount.getDest();
      }
    }
    return label;
  }

  private static String quote(String text) {
    return '"'
        + text.replace("\\", "\\\\")
            .replace("\"", "\\\"")
            .replace("\n", "\\n")
            .replace("\t", "\\t")
            .replace("\r", "\\r")
        + '"';
  }

  private static Map<String, Object> json(OpMetadata meta) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (meta.ignoreCache()) {
      json.put("ignore_cache", true);
    }
    if (!meta.description().isEmpty()) {
      json.put("description", meta.description());
    }
    if (meta.exportCache() != null) {
      json.put("export_cache", meta.exportCache() ? Map.of("Value", true) : Map.of());
    }
    if (!meta.capabilities().isEmpty()) {
      Map<String, Object> capabilities = new TreeMap<>();
      meta.capabilities().forEach(capability -> capabilities.put(capability, true));
      json.put("caps", capabilities);
    }
    if (meta.progressGroup() != null) {
      Map<String, Object> group = new LinkedHashMap<>();
      group.put("id", meta.progressGroup().id());
      if (!meta.progressGroup().name().isEmpty()) {
        group.put("name", meta.progressGroup().name());
      }
      if (meta.progressGroup().weak()) {
        group.put("weak", true);
      }
      json.put("progress_group", group);
    }
    if (meta.linuxResources() != null) {
      json.put("linux_resources", members(DefinitionCodec.encode(meta).getLinuxResources()));
    }
    return json;
  }

  /** The operation with Go's names: what it does stands under {@code Op}. */
  private static Map<String, Object> json(Op op) {
    Map<String, Object> all = members(op);
    Map<String, Object> json = new LinkedHashMap<>();
    Map<String, Object> what = new LinkedHashMap<>();
    move(all, "inputs", json);
    json.put("Op", what);
    move(all, "platform", json);
    move(all, "constraints", json);
    what.putAll(all);
    return json;
  }

  private static void move(Map<String, Object> from, String name, Map<String, Object> to) {
    Object value = from.remove(name);
    if (value != null) {
      to.put(name, value);
    }
  }

  private static Map<String, Object> members(Message message) {
    Map<String, Object> members = new LinkedHashMap<>();
    if (message instanceof FileAction action) {
      members.put("input", action.getInput());
      members.put("secondaryInput", action.getSecondaryInput());
      members.put("output", action.getOutput());
      Map<String, Object> what = new LinkedHashMap<>();
      addFields(message, what);
      what.keySet().removeAll(members.keySet());
      members.put("Action", what);
      return members;
    }
    if (message instanceof dev.gatehouse.protocol.pb.UserOpt user) {
      Map<String, Object> what = new LinkedHashMap<>();
      if (user.hasByName()) {
        what.put("byName", members(user.getByName()));
      } else if (user.getByID() != 0) {
        what.put("byId", user.getByID());
      }
      members.put("User", what);
      return members;
    }
    addFields(message, members);
    return members;
  }

  private static void addFields(Message message, Map<String, Object> members) {
    for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
      FieldDescriptor descriptor = field.getKey();
      Object value = field.getValue();
      if (descriptor.isMapField()) {
        Map<String, Object> map = new TreeMap<>();
        for (Object entry : (List<?>) value) {
          Message pair = (Message) entry;
          FieldDescriptor key = pair.getDescriptorForType().findFieldByNumber(1);
          FieldDescriptor item = pair.getDescriptorForType().findFieldByNumber(2);
          Object itemValue = value(pair.getField(item));
          map.put(String.valueOf(pair.getField(key)), itemValue == null ? "" : itemValue);
        }
        members.put(descriptor.getName(), map);
      } else if (descriptor.isRepeated()) {
        List<Object> list = new ArrayList<>();
        for (Object item : (List<?>) value) {
          Object itemValue = value(item);
          list.add(itemValue == null ? "" : itemValue);
        }
        members.put(descriptor.getName(), list);
      } else {
        Object plain = value(value);
        if (plain != null) {
          members.put(descriptor.getName(), plain);
        }
      }
    }
  }

  private static @Nullable Object value(Object value) {
    if (value instanceof Message message) {
      return members(message);
    }
    if (value instanceof ByteString bytes) {
      return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
    if (value instanceof EnumValueDescriptor constant) {
      return constant.getNumber();
    }
    return value;
  }
}
