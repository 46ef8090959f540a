package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.ArgDefinition;
import dev.gatehouse.frontend.dockerfile.instruction.ArgInstruction;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.shell.Expansion;
import dev.gatehouse.frontend.dockerfile.shell.WordExpander;
import dev.gatehouse.llb.oci.Platform;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Arguments that are known before the first stage: those of the platforms and those that the file
 * declares there.
 */
final class GlobalArguments {
  private final Scope scope;
  private final Map<String, Captures.Info> declared = new LinkedHashMap<>();

  private GlobalArguments(Scope scope) {
    this.scope = scope;
  }

  /** The arguments that every file has. */
  static GlobalArguments predefined(
      Platforms platforms, Map<String, String> buildArguments, String targetStage) {
    Platform build = platforms.build().get(0);
    Platform target = platforms.target();
    Scope scope = new Scope();
    Map<String, String> values = new LinkedHashMap<>();
    values.put("BUILDPLATFORM", build.format());
    values.put("BUILDOS", build.os());
    values.put("BUILDOSVERSION", build.osVersion());
    values.put("BUILDARCH", build.architecture());
    values.put("BUILDVARIANT", build.variant());
    values.put("TARGETPLATFORM", target.formatAll());
    values.put("TARGETOS", target.os());
    values.put("TARGETOSVERSION", target.osVersion());
    values.put("TARGETARCH", target.architecture());
    values.put("TARGETVARIANT", target.variant());
    values.put("TARGETSTAGE", targetStage.isEmpty() ? "default" : targetStage);
    values.forEach((name, value) -> scope.set(name, buildArguments.getOrDefault(name, value)));
    return new GlobalArguments(scope);
  }

  GlobalArguments copy() {
    return new GlobalArguments(new Scope(scope));
  }

  Scope scope() {
    return scope;
  }

  Map<String, Captures.Info> declared() {
    return declared;
  }

  /** Names that a FROM may use, for suggestions. */
  List<String> known() {
    Set<String> names = new LinkedHashSet<>(declared.keySet());
    names.addAll(scope.names());
    return new ArrayList<>(names);
  }

  boolean isKnown(String name) {
    return declared.containsKey(name) || scope.get(name) != null;
  }

  /** Declares the arguments before the first stage. */
  void define(
      List<ArgInstruction> instructions, WordExpander expander, Map<String, String> buildArguments)
      throws DockerfileException {
    for (ArgInstruction instruction : instructions) {
      for (ArgDefinition definition : instruction.definitions()) {
        String name = definition.key();
        String value = buildArguments.get(name);
        Set<String> uses = new LinkedHashSet<>();
        if (value == null && definition.value() != null) {
          Expansion expansion;
          try {
            expansion = expander.expand(definition.value(), scope);
          } catch (DockerfileException e) {
            throw e.withLocation(instruction.location());
          }
          value = expansion.result();
          uses.addAll(expansion.matched());
          if (uses.remove(name)) {
            Captures.Info old = declared.get(name);
            if (old != null) {
              uses.addAll(old.uses());
            }
          }
        }
        if (value != null) {
          scope.set(name, value);
        }
        declared.put(
            name,
            new Captures.Info(
                definition, value == null ? "" : value, uses, instruction.location()));
      }
    }
  }
}
