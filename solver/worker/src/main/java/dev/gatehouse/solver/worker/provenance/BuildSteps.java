package dev.gatehouse.solver.worker.provenance;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.protocol.pb.Definition;
import dev.gatehouse.protocol.pb.Input;
import dev.gatehouse.protocol.pb.Locations;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.SourceInfo;
import dev.gatehouse.solver.core.Digest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A definition as provenance tells it: its operations in an order in which each comes after its
 * inputs, named {@code step0}, {@code step1}, and which digest is which step.
 */
final class BuildSteps {
  /** What of a source says which client sent it, not what it is. */
  private static final Set<String> SESSION_ATTRIBUTES = Set.of("local.session", "local.unique");

  private final Map<String, Integer> indexes;
  private final List<Object> steps = new ArrayList<>();

  private BuildSteps(Map<String, Op> operations, Map<String, Integer> indexes) {
    this.indexes = indexes;
    indexes.forEach((digest, index) -> {
      Op op = operations.get(digest);
      if (op != null) {
        steps.add(step(index, op));
      }
    });
  }

  /**
   * Reads a definition.
   *
   * @throws IllegalArgumentException for what is no whole definition
   */
  static BuildSteps of(Definition definition) {
    Map<String, Op> operations = new LinkedHashMap<>();
    String last = "";
    try {
      for (ByteString bytes : definition.getDefList()) {
        last = Digest.sha256(bytes.toByteArray()).toString();
        operations.put(last, Op.parseFrom(bytes));
      }
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("not a definition", e);
    }
    Map<String, Integer> indexes = new LinkedHashMap<>();
    if (!last.isEmpty()) {
      number(last, operations, indexes);
    }
    return new BuildSteps(operations, indexes);
  }

  /** Inputs before what they are inputs of; without recursion, for chains may be long. */
  private static void number(
      String last, Map<String, Op> operations, Map<String, Integer> indexes) {
    List<String> path = new ArrayList<>(List.of(last));
    List<Integer> next = new ArrayList<>(List.of(0));
    Map<String, Boolean> seen = new LinkedHashMap<>();
    seen.put(last, true);
    while (!path.isEmpty()) {
      String digest = path.getLast();
      Op op = operations.get(digest);
      if (op == null) {
        throw new IllegalArgumentException("failed to find input " + digest);
      }
      int input = next.getLast();
      if (input < op.getInputsCount()) {
        next.set(next.size() - 1, input + 1);
        String below = op.getInputs(input).getDigest();
        if (seen.put(below, true) == null) {
          path.add(below);
          next.add(0);
        }
      } else {
        indexes.put(digest, indexes.size());
        path.removeLast();
        next.removeLast();
      }
    }
  }

  private Map<String, Object> step(int index, Op op) {
    Op.Builder bare = op.toBuilder().clearInputs();
    if (bare.hasSource()) {
      SESSION_ATTRIBUTES.forEach(key -> bare.getSourceBuilder().removeAttrs(key));
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", name(index));
    json.put("op", MessageJson.of(bare.build()));
    List<String> inputs = new ArrayList<>();
    for (Input input : op.getInputsList()) {
      inputs.add(name(indexes.getOrDefault(input.getDigest(), 0)) + ":" + input.getIndex());
    }
    if (!inputs.isEmpty()) {
      json.put("inputs", inputs);
    }
    return json;
  }

  private static String name(int index) {
    return "step" + index;
  }

  /** The members {@code llbDefinition} and {@code digestMapping}; neither for scratch. */
  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    if (!steps.isEmpty()) {
      json.put("llbDefinition", steps);
      Map<String, Object> mapping = new TreeMap<>();
      indexes.forEach((digest, index) -> mapping.put(digest, name(index)));
      json.put("digestMapping", mapping);
    }
    return json;
  }

  /**
   * Where the steps stand in the sources of the definition.
   *
   * @return the members {@code locations} and {@code infos}; empty if there are no sources
   */
  Map<String, Object> source(Definition definition) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (!definition.hasSource() || definition.getSource().getInfosCount() == 0) {
      return json;
    }
    Map<String, Object> places = new TreeMap<>();
    for (Map.Entry<String, Locations> place : definition.getSource().getLocationsMap().entrySet()) {
      Integer index = indexes.get(place.getKey());
      if (index != null) {
        places.put(name(index), MessageJson.of(place.getValue()));
      }
    }
    if (!places.isEmpty()) {
      json.put("locations", places);
    }
    List<Object> infos = new ArrayList<>();
    for (SourceInfo info : definition.getSource().getInfosList()) {
      infos.add(info(info));
    }
    json.put("infos", infos);
    return json;
  }

  private static Map<String, Object> info(SourceInfo info) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (!info.getFilename().isEmpty()) {
      json.put("filename", info.getFilename());
    }
    if (!info.getLanguage().isEmpty()) {
      json.put("language", info.getLanguage());
    }
    if (!info.getData().isEmpty()) {
      json.put("data", Base64.getEncoder().encodeToString(info.getData().toByteArray()));
    }
    json.putAll(of(info.getDefinition()).toJson());
    return json;
  }
}
