package dev.gatehouse.frontend.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.frontend.dockerfile.offline.OfflineGateway;
import dev.gatehouse.frontend.dockerfile.offline.OfflineImages;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.OpMetadata;
import dev.gatehouse.llb.SourceLocation;
import dev.gatehouse.llb.SourceRange;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Digest;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Cases of our own, recorded from BuildKit's frontend; see {@code reference/README.md} among the
 * resources.
 */
class ReferenceConversionTest {
  @Test
  void everyCaseIsEqual() throws Exception {
    Map<?, ?> data;
    try (InputStream in = getClass().getResourceAsStream("/reference/cases.json")) {
      data = (Map<?, ?>) Json.parse(in.readAllBytes());
    }
    Map<?, ?> images = (Map<?, ?>) data.get("images");
    List<String> differences = new ArrayList<>();
    List<?> cases = (List<?>) data.get("cases");
    for (int i = 0; i < cases.size(); i++) {
      Map<?, ?> one = (Map<?, ?>) cases.get(i);
      Map<?, ?> expected = (Map<?, ?>) one.get("expected");
      Map<String, Object> actual =
          convert(one, Boolean.FALSE.equals(one.get("images")) ? Map.of() : images);
      for (Object key : expected.keySet()) {
        String wanted = Json.write(expected.get(key));
        String found = Json.write(actual.get(key));
        if (!wanted.equals(found)) {
          differences.add(i + ": " + key + "\n  expected: " + wanted + "\n  found:    " + found);
        }
      }
    }
    System.out.println(
        (cases.size() - differences.size()) + " of " + cases.size() + " cases are equal");
    assertThat(cases).hasSizeGreaterThan(200);
    assertThat(differences).isEmpty();
  }

  private static Map<String, Object> convert(Map<?, ?> one, Map<?, ?> images)
      throws InterruptedException {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("filename", "Dockerfile");
    if (one.get("options") instanceof Map<?, ?> given) {
      given.forEach((key, value) -> options.put((String) key, (String) value));
    }
    Map<String, byte[]> files = new HashMap<>();
    files.put(
        "Dockerfile",
        ((List<?>) one.get("dockerfile"))
            .stream()
                .map(String::valueOf)
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8));
    if (one.get("files") instanceof Map<?, ?> given) {
      given.forEach((key, value) ->
          files.put((String) key, ((String) value).getBytes(StandardCharsets.UTF_8)));
    }
    OfflineImages rule = OfflineImages.golden();
    OfflineImages known =
        (reference, choice) -> {
          ResolvedImage image = rule.resolve(reference, choice);
          Object config = images.get(reference);
          return config == null
              ? image
              : new ResolvedImage(
                  reference, image.digest(), ((String) config).getBytes(StandardCharsets.UTF_8));
        };
    DockerfileFrontend frontend = new DockerfileFrontend();
    OfflineGateway gateway =
        new OfflineGateway(options, "golden", "golden", files, known, () -> frontend);
    Map<String, Object> actual = new HashMap<>();
    try {
      Result result = frontend.build(gateway);
      Map<String, Object> operations = new TreeMap<>();
      if (result.reference().isPresent()) {
        operations.put("", hash(result.reference().get()));
      }
      for (Map.Entry<String, Optional<Reference>> entry : result.references().entrySet()) {
        operations.put(
            entry.getKey(), entry.getValue().isPresent() ? hash(entry.getValue().get()) : hash(""));
      }
      actual.put("operations", operations);
      Map<String, Object> metadata = new TreeMap<>();
      result.metadata().forEach((key, value) -> metadata.put(key, Digest.sha256(value).hex()));
      actual.put("metadata", metadata);
    } catch (FrontendException e) {
      actual.put("error", e.getMessage());
      actual.put("ranges", e.sources().stream().map(s -> lines(s.ranges())).toList());
    }
    List<String> warnings = new ArrayList<>();
    for (Warning warning : gateway.warnings()) {
      warnings.add(warning.message() + " [" + lines(warning.ranges()) + "]");
    }
    warnings.sort(null);
    actual.put("warnings", warnings);
    return actual;
  }

  private static String hash(Reference reference) throws FrontendException {
    Definition definition = reference.definition();
    Map<String, String> groups = new HashMap<>();
    List<String> lines = new ArrayList<>();
    for (byte[] operation : definition.ops()) {
      lines.add(line(definition, Digest.sha256(operation), groups));
    }
    return hash(String.join("\n", lines));
  }

  private static String hash(String text) {
    return Digest.sha256(text.getBytes(StandardCharsets.UTF_8)).hex();
  }

  /**
   * One operation: digest, whether its cache is ignored, description, capabilities, progress group,
   * lines of its sources.
   */
  private static String line(Definition definition, Digest digest, Map<String, String> groups) {
    StringBuilder line = new StringBuilder(digest.value());
    OpMetadata metadata = definition.metadata().get(digest);
    if (metadata != null) {
      line.append('|').append(metadata.ignoreCache() ? "nocache" : "").append('|');
      line.append(
          new TreeMap<>(metadata.description())
              .entrySet().stream()
                  .map(entry -> entry.getKey() + "=" + entry.getValue())
                  .collect(Collectors.joining(";")));
      line.append('|');
      line.append(metadata.capabilities().stream().sorted().collect(Collectors.joining(",")));
      line.append('|');
      if (metadata.progressGroup() != null) {
        line.append(
                groups.computeIfAbsent(metadata.progressGroup().id(), id -> "pg" + groups.size()))
            .append(' ')
            .append(metadata.progressGroup().name())
            .append(' ')
            .append(metadata.progressGroup().weak() ? "weak" : "");
      }
    }
    List<SourceLocation> locations = definition.locations().getOrDefault(digest, List.of());
    return line.append('|')
        .append(
            locations.stream()
                .map(location -> lines(location.ranges()))
                .collect(Collectors.joining("/")))
        .toString();
  }

  private static String lines(List<SourceRange> ranges) {
    return ranges.stream()
        .map(range -> range.startLine() + "-" + range.endLine())
        .collect(Collectors.joining(","));
  }
}
