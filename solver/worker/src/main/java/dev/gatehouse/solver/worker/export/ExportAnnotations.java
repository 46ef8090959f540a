package dev.gatehouse.solver.worker.export;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The annotations of an export: attributes {@code annotation[-<level>][[<platform>]].<key>}, where
 * the level is {@code manifest} (or none), {@code manifest-descriptor}, {@code index} or {@code
 * index-descriptor}.
 */
final class ExportAnnotations {
  private static final Pattern KEY =
      Pattern.compile("annotation(?:-([a-z-]+))?(?:\\[([A-Za-z0-9_/-]+)\\])?\\.(\\S+)");

  private enum Level {
    INDEX,
    INDEX_DESCRIPTOR,
    MANIFEST,
    MANIFEST_DESCRIPTOR
  }

  private record Place(Level level, String platform) {}

  private final Map<Place, TreeMap<String, String>> byPlace = new HashMap<>();

  /** Takes an attribute if it is an annotation. */
  boolean accept(String attribute, String value) throws SolveException {
    Matcher m = KEY.matcher(attribute);
    if (!m.matches()) {
      return false;
    }
    String type = m.group(1) == null ? "manifest" : m.group(1);
    Level level =
        switch (type) {
          case "index" -> Level.INDEX;
          case "index-descriptor" -> Level.INDEX_DESCRIPTOR;
          case "manifest" -> Level.MANIFEST;
          case "manifest-descriptor" -> Level.MANIFEST_DESCRIPTOR;
          default -> throw invalid("unrecognized annotation type " + type);
        };
    String platform = "";
    if (m.group(2) != null) {
      try {
        platform = Platform.parse(m.group(2)).formatAll();
      } catch (IllegalArgumentException e) {
        throw invalid(String.valueOf(e.getMessage()));
      }
    }
    byPlace
        .computeIfAbsent(new Place(level, platform), p -> new TreeMap<>())
        .put(m.group(3), value);
    return true;
  }

  /** These and others, which win. */
  ExportAnnotations with(ExportAnnotations others) {
    ExportAnnotations all = new ExportAnnotations();
    for (ExportAnnotations a : new ExportAnnotations[] {this, others}) {
      a.byPlace.forEach(
          (place, m) -> all.byPlace.computeIfAbsent(place, p -> new TreeMap<>()).putAll(m));
    }
    return all;
  }

  Iterable<String> platforms() {
    return byPlace.keySet().stream()
        .map(Place::platform)
        .filter(p -> !p.isEmpty())
        .distinct()
        .toList();
  }

  /** Whether some are for what Docker's media types cannot hold. */
  boolean needOci() {
    return byPlace.keySet().stream().anyMatch(p -> p.level != Level.MANIFEST);
  }

  Map<String, String> index() {
    return all(Level.INDEX);
  }

  Map<String, String> indexDescriptor() {
    return all(Level.INDEX_DESCRIPTOR);
  }

  Map<String, String> manifest(Optional<Platform> platform) {
    return of(Level.MANIFEST, platform);
  }

  Map<String, String> manifestDescriptor(Optional<Platform> platform) {
    return of(Level.MANIFEST_DESCRIPTOR, platform);
  }

  private Map<String, String> all(Level level) {
    TreeMap<String, String> all = new TreeMap<>();
    byPlace.forEach((place, m) -> {
      if (place.level == level) {
        all.putAll(m);
      }
    });
    return all;
  }

  private Map<String, String> of(Level level, Optional<Platform> platform) {
    TreeMap<String, String> all =
        new TreeMap<>(byPlace.getOrDefault(new Place(level, ""), new TreeMap<>()));
    platform.ifPresent(
        p -> all.putAll(byPlace.getOrDefault(new Place(level, p.formatAll()), new TreeMap<>())));
    return all;
  }

  private static SolveException invalid(String message) {
    return new SolveException("export.annotation", ErrorCategory.USER, message);
  }
}
