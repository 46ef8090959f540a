package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.frontend.dockerfile.shell.WordExpander;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.oci.Platform;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Names and places of the steps of a build, as progress shows them. */
final class Steps {
  /** Key of the description of an operation that holds the instruction it comes from. */
  static final String COMMAND = "com.docker.dockerfile.v1.command";

  private Steps() {}

  /** The name of a step: stage, number and what it does. Counts the step. */
  static String name(
      StageState stage, String text, boolean withPlatform, Platform platform, Environment env) {
    if (stage.stepTotal == 0) {
      return text;
    }
    StringBuilder out = new StringBuilder("[");
    if (withPlatform) {
      out.append(platform.formatAll()).append(crossTarget(platform, env)).append(' ');
    }
    if (!stage.name.isEmpty()) {
      out.append(stage.name).append(' ');
    }
    stage.stepIndex++;
    String total = Integer.toString(stage.stepTotal);
    String index = Integer.toString(stage.stepIndex);
    out.append(" ".repeat(Math.max(0, total.length() - index.length())));
    out.append(index).append('/').append(total).append("] ");
    if (stage.stepIsOnBuild) {
      out.append("ONBUILD ");
    }
    return out.append(text).toString();
  }

  /** The platform that a step compiles for, where it is another than it runs on. */
  private static String crossTarget(Platform base, Environment env) {
    Optional<Platform> found = target(base, env);
    if (found.isEmpty()) {
      return "";
    }
    Platform target = found.get();
    if (target.os().equals(base.os())) {
      if (target.architecture().equals(base.architecture())) {
        return "";
      }
      return "->"
          + target.architecture()
          + (target.variant().isEmpty() ? "" : "/" + target.variant());
    }
    return "->" + target.formatAll();
  }

  private static Optional<Platform> target(Platform base, Environment env) {
    String os = null;
    String architecture = null;
    String variant = null;
    for (String name : env.names()) {
      String value = env.get(name);
      if (value == null) {
        continue;
      }
      switch (name) {
        case "TARGETPLATFORM" -> {
          try {
            return Optional.of(filled(base, Platform.parse(value)));
          } catch (IllegalArgumentException e) {
            // A value that is no platform says nothing; the parts may.
            continue;
          }
        }
        case "TARGETOS" -> os = value;
        case "TARGETARCH" -> architecture = value;
        case "TARGETVARIANT" -> variant = value;
        default -> {}
      }
    }
    if (os == null && architecture == null && variant == null) {
      return Optional.empty();
    }
    return Optional.of(
        filled(
            base,
            new Platform(
                os == null ? "" : os,
                architecture == null ? "" : architecture,
                variant == null ? "" : variant)));
  }

  private static Platform filled(Platform base, Platform target) {
    return new Platform(
            target.os().isEmpty() ? base.os() : target.os(),
            target.architecture().isEmpty() ? base.architecture() : target.architecture(),
            target.variant(),
            target.osVersion(),
            target.osFeatures())
        .normalized();
  }

  /** An instruction with its variables expanded and its keyword in upper case. */
  static String text(String instruction, WordExpander expander, Environment env) {
    String expanded = instruction;
    if (mayChange(instruction, expander)) {
      try {
        expanded = expander.expand(instruction, env).result();
      } catch (DockerfileException e) {
        // It is a name to show; what is wrong with it is an error where it counts.
        expanded = instruction;
      }
    }
    int blank = expanded.indexOf(' ');
    return blank < 0
        ? expanded.toUpperCase(Locale.ROOT)
        : expanded.substring(0, blank).toUpperCase(Locale.ROOT) + expanded.substring(blank);
  }

  /** Whether expansion could make anything else of a text, which it cannot of most. */
  private static boolean mayChange(String text, WordExpander expander) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '$' || c == expander.escape() || c == '\uFEFF') {
        return true;
      }
      if ((c == '"' || c == '\'') && !expander.rawQuotes()) {
        return true;
      }
    }
    return false;
  }

  static Constraints.Builder located(
      SourceMap file, List<Range> location, Constraints.Builder constraints) {
    return constraints.location(file, Range.toSource(location));
  }
}
