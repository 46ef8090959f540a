package dev.gatehouse.solver.worker.export;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalMount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** In-toto statements (version 1) of attestations. */
final class Statements {
  private static final String TYPE = "https://in-toto.io/Statement/v1";
  private static final String PROVENANCE = "https://slsa.dev/provenance/";
  private static final int MAX_SIZE = 40 << 20;

  private Statements() {}

  /** What is exported: a name, and its digests by algorithm. */
  record Subject(String name, Map<String, String> digest) {
    Map<String, Object> toJson() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("name", name);
      json.put("digest", new TreeMap<>(digest));
      return json;
    }

    static Subject of(String name, Digest digest) {
      return new Subject(name, Map.of(digest.algorithm(), digest.encoded()));
    }
  }

  /**
   * A statement.
   *
   * @param path names it where it is exported as a file
   */
  @SuppressWarnings("ArrayRecordComponent") // wire content, which nobody compares
  record Statement(String path, String predicateType, Map<String, @Nullable Object> json) {
    byte[] content() {
      return Json.bytes(json);
    }

    byte[] indented() {
      return Json.writeIndented(json, "  ").getBytes(StandardCharsets.UTF_8);
    }
  }

  /** The subjects of an image: its names as package URLs. */
  static List<Subject> imageSubjects(String names, Platform platform, Descriptor manifest)
      throws SolveException {
    List<Subject> all = new ArrayList<>();
    for (String name : names.split(",")) {
      if (!name.isEmpty()) {
        all.add(
            Subject.of(
                PackageUrls.image("docker", Names.parse(name).toString(), Optional.of(platform)),
                Digest.parse(manifest.digest().value())));
      }
    }
    return all;
  }

  /**
   * The statements of attestations, bundles opened; what is about the result itself is about the
   * subjects.
   */
  static List<Statement> of(List<Attestation> attestations, List<Subject> subjects)
      throws SolveException, IOException, InterruptedException {
    List<Statement> all = new ArrayList<>();
    for (Attestation a : attestations) {
      switch (a.kind()) {
        case IN_TOTO -> {
          if (a.predicateType().startsWith(PROVENANCE) && a.content().isEmpty()) {
            throw ImageWriter.invalid("frontend may not set provenance attestations");
          }
          if (a.path().isEmpty()) {
            throw ImageWriter.invalid("attestation does not have set path");
          }
          all.add(statement(a, a.content().isPresent() ? a.content().get() : read(a), subjects));
        }
        case BUNDLE -> all.addAll(unbundle(a, subjects));
      }
    }
    return all;
  }

  private static Statement statement(Attestation a, byte[] predicate, List<Subject> selves)
      throws SolveException {
    List<Subject> subjects = new ArrayList<>();
    List<Attestation.Subject> said =
        a.subjects().isEmpty()
            ? List.of(new Attestation.Subject(true, "", List.of()))
            : a.subjects();
    for (Attestation.Subject s : said) {
      if (!s.self()) {
        Map<String, String> digests = new TreeMap<>();
        s.digests().forEach(d -> digests.put(d.algorithm(), d.encoded()));
        subjects.add(new Subject(s.name().isEmpty() ? "_" : s.name(), digests));
        continue;
      }
      for (Subject self : selves) {
        subjects.add(self);
        if (!s.name().isEmpty() && !s.name().equals("_")) {
          subjects.add(new Subject(s.name(), self.digest()));
        }
      }
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("_type", TYPE);
    json.put("predicateType", a.predicateType());
    json.put("subject", subjects.stream().map(Subject::toJson).toList());
    try {
      json.put("predicate", predicate.length == 0 ? null : Json.parse(predicate));
    } catch (JsonException e) {
      throw ImageWriter.invalid("attestation " + a.path() + " is not JSON: " + e.getMessage());
    }
    return new Statement(a.path(), a.predicateType(), json);
  }

  private static byte[] read(Attestation a)
      throws SolveException, IOException, InterruptedException {
    Optional<ImmutableReference> reference = a.reference();
    if (reference.isEmpty()) {
      throw ImageWriter.invalid("attestation does not have available content");
    }
    try (LocalMount mount = reference.get().localMount(true);
        RootDirectory root = RootDirectory.open(mount.path())) {
      return root.readFile(a.path(), MAX_SIZE);
    }
  }

  private static List<Statement> unbundle(Attestation bundle, List<Subject> selves)
      throws SolveException, IOException, InterruptedException {
    Optional<ImmutableReference> reference = bundle.reference();
    if (reference.isEmpty()) {
      throw ImageWriter.invalid("no ref provided for attestation bundle");
    }
    List<Statement> all = new ArrayList<>();
    try (LocalMount mount = reference.get().localMount(true);
        RootDirectory root = RootDirectory.open(mount.path());
        Directory directory = root.directory(bundle.path().isEmpty() ? "/" : bundle.path())) {
      TreeMap<String, Boolean> names = new TreeMap<>();
      directory.list().forEach(e -> names.put(e.name(), true));
      for (String name : names.keySet()) {
        String path = bundle.path() + "/" + name;
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        try {
          if (!(Json.parse(root.readFile(path, MAX_SIZE)) instanceof Map<?, ?> m)) {
            throw new JsonException("not an object");
          }
          for (String key : List.of("_type", "predicateType", "subject", "predicate")) {
            json.put(key, m.get(key));
          }
        } catch (JsonException e) {
          throw ImageWriter.invalid(
              "cannot decode in-toto statement " + path + ": " + e.getMessage());
        }
        if (!(json.get("subject") instanceof List<?> said) || said.isEmpty()) {
          json.put("subject", selves.stream().map(Subject::toJson).toList());
        }
        String type = json.get("predicateType") instanceof String t ? t : "";
        if (!bundle.predicateType().isEmpty() && !bundle.predicateType().equals(type)) {
          throw ImageWriter.invalid(
              "bundle entry "
                  + type
                  + " does not match required predicate type "
                  + bundle.predicateType());
        }
        if (type.startsWith(PROVENANCE)) {
          throw ImageWriter.invalid("frontend may not bundle provenance attestations");
        }
        all.add(new Statement(path, type, json));
      }
    }
    return all;
  }
}
