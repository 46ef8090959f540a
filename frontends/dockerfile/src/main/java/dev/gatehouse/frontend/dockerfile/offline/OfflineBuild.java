package dev.gatehouse.frontend.dockerfile.offline;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.frontend.dockerfile.DockerfileFrontend;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.SourceLocation;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Converts Dockerfiles without a daemon, any number with one instance. */
public final class OfflineBuild {
  private final DockerfileFrontend frontend = new DockerfileFrontend();
  private final OfflineImages images;
  private final String session;

  private OfflineBuild(OfflineImages images, String session) {
    this.images = images;
    this.session = session;
  }

  /**
   * A way to convert files.
   *
   * @param images says which images there are
   * @param session the session that local sources name; it is part of their digests
   */
  public static OfflineBuild of(OfflineImages images, String session) {
    return new OfflineBuild(images, session);
  }

  /**
   * Converts a file.
   *
   * @param dockerfile its content
   * @param options options of the frontend, such as {@code target} and {@code build-arg:X}; {@code
   *     filename} if it is not {@code Dockerfile}
   */
  public Outcome run(byte[] dockerfile, Map<String, String> options) throws InterruptedException {
    Map<String, String> all = new LinkedHashMap<>(options);
    String filename = all.computeIfAbsent("filename", key -> "Dockerfile");
    OfflineGateway gateway =
        new OfflineGateway(
            all, session, "golden", Map.of(filename, dockerfile), images, () -> frontend);
    try {
      return new Outcome(gateway, frontend.build(gateway), null);
    } catch (FrontendException e) {
      return new Outcome(gateway, Result.empty(), e);
    }
  }

  /**
   * What a file converts to.
   *
   * @param gateway what the frontend asked for
   * @param result the result; empty if the conversion failed
   * @param failure why it failed; null if it did not
   */
  public record Outcome(
      OfflineGateway gateway, Result result, @Nullable FrontendException failure) {

    /** Definitions by platform, in order; the key of a single one is empty. Scratch is one too. */
    public Map<String, Definition> definitions() {
      Map<String, Definition> definitions = new LinkedHashMap<>();
      if (failure != null) {
        return definitions;
      }
      if (result.references().isEmpty()) {
        definitions.put("", definition(result.reference()));
      }
      result.references().forEach((key, reference) -> definitions.put(key, definition(reference)));
      return definitions;
    }

    private static Definition definition(Optional<Reference> reference) {
      if (reference.isEmpty()) {
        return Definition.SCRATCH;
      }
      try {
        return reference.get().definition();
      } catch (FrontendException e) {
        throw new IllegalStateException("a reference in memory lost its definition", e);
      }
    }

    /** Warnings that the conversion gave. */
    public List<Warning> warnings() {
      return gateway.warnings();
    }

    /**
     * One line, parted by tabs: {@code file ok HEADS OPERATIONS
     * SHA256-OVER-SORTED-OPERATION-DIGESTS CONFIG-SHA256} or {@code file error LINE MESSAGE}.
     *
     * <p>Heads of several platforms are {@code PLATFORM=digest} joined by commas, a head of nothing
     * is {@code scratch}; the config is hashed in canonical form (RFC 8785), one hash a platform.
     * Of a message there is the first line, its tabs and backslashes escaped.
     */
    public String summary(String file) {
      if (failure != null) {
        List<SourceLocation> sources = failure.sources();
        int line =
            sources.isEmpty() || sources.get(0).ranges().isEmpty()
                ? 0
                : sources.get(0).ranges().get(0).startLine();
        String message = failure.getMessage().split("\n", 2)[0];
        return String.join(
            "\t",
            file,
            "error",
            Integer.toString(line),
            message.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r"));
      }
      if (!result.metadata().containsKey("refs.platforms")) {
        // The answer to a subrequest, which holds no definition.
        return String.join("\t", file, "ok", "", "", "", "");
      }
      List<String> heads = new ArrayList<>();
      List<String> digests = new ArrayList<>();
      boolean several = !result.references().isEmpty();
      definitions()
          .forEach((platform, definition) -> {
            String head = definition.head().map(Digest::value).orElse("scratch");
            heads.add(several ? platform.replace('/', '_') + "=" + head : head);
            definition.digests().forEach(digest -> digests.add(digest.value()));
          });
      digests.sort(null);
      List<String> configs = new ArrayList<>();
      result
          .metadata()
          .forEach((key, value) -> {
            if (key.equals("containerimage.config") || key.startsWith("containerimage.config/")) {
              configs.add(canonicalHash(value));
            }
          });
      return String.join(
          "\t",
          file,
          "ok",
          String.join(",", heads),
          Integer.toString(digests.size()),
          Digest.sha256(String.join("\n", digests)).hex(),
          String.join(",", configs));
    }

    private static String canonicalHash(byte[] json) {
      StringBuilder out = new StringBuilder();
      canonical(Json.parse(json), out);
      return Digest.sha256(out.toString()).hex();
    }

    private static void canonical(@Nullable Object value, StringBuilder out) {
      if (value instanceof Map<?, ?> map) {
        Map<String, @Nullable Object> sorted = new TreeMap<>();
        map.forEach((key, member) -> sorted.put(String.valueOf(key), member));
        out.append('{');
        boolean first = true;
        for (Map.Entry<String, @Nullable Object> member : sorted.entrySet()) {
          out.append(first ? "" : ",");
          first = false;
          canonical(member.getKey(), out);
          out.append(':');
          canonical(member.getValue(), out);
        }
        out.append('}');
      } else if (value instanceof List<?> list) {
        out.append('[');
        boolean first = true;
        for (Object item : list) {
          out.append(first ? "" : ",");
          first = false;
          canonical(item, out);
        }
        out.append(']');
      } else if (value instanceof String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
          char c = text.charAt(i);
          switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\b' -> out.append("\\b");
            case '\f' -> out.append("\\f");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
              if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
              } else {
                out.append(c);
              }
            }
          }
        }
        out.append('"');
      } else {
        out.append(Json.write(value));
      }
    }

    /**
     * The failure as a person should see it: message, marked source and hint. Empty if there was
     * none.
     */
    public String report() {
      return failure == null ? "" : FailureReport.print(failure);
    }

    /** The answer to a subrequest as text; empty if none was asked. */
    public String answer() {
      byte[] text = result.metadata().get("result.txt");
      return text == null ? "" : new String(text, StandardCharsets.UTF_8);
    }
  }
}
